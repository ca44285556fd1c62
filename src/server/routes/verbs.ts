import { createRoute } from "@hono/zod-openapi";
import { adoptRequest } from "../../contract/adopt.ts";
import { job, killRequest, stopRequest } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
import { emptyIsNone } from "../empty-body.ts";
import { jobIdParam } from "../parameters.ts";
import { clientOf } from "../client-of.ts";
import type { App, ServerParts } from "../parts.ts";

/** What can be done to a job, as `POST /jobs/{id}/<verb>`. */

const cancel = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/cancel",
  operationId: "cancelJob",
  summary:
    "Stop a job: the request is recorded, the job is `stopping` until its death is observed. `graceMs` while it stops moves KILL, also to a later moment",
  middleware: emptyIsNone,
  request: {
    params: jobIdParam,
    body: { content: { "application/json": { schema: stopRequest } } },
  },
  responses: { 202: json(job, "The job, usually `stopping`"), ...refused },
});

const kill = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/kill",
  operationId: "killJob",
  summary: "Stop a job without a grace period; also cuts a running stop short",
  middleware: emptyIsNone,
  request: {
    params: jobIdParam,
    body: { content: { "application/json": { schema: killRequest } } },
  },
  responses: { 202: json(job, "The job, usually `stopping`"), ...refused },
});

const retry = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/retry",
  operationId: "retryJob",
  summary: "Submit an ended job's specification again",
  request: { params: jobIdParam },
  responses: { 201: json(job, "The new job"), ...refused },
});

const adopt = createRoute({
  method: "post",
  path: "/api/v1/jobs/adopt",
  operationId: "adoptProcess",
  summary: "Watch over a process that was not started here, and all below it",
  description: "The guarantee is weaker: the tier is `best effort`.",
  request: {
    body: { required: true, content: { "application/json": { schema: adoptRequest } } },
  },
  responses: { 201: json(job, "The new job"), ...refused },
});

const plainVerbs = {
  hold: "Keep a queued job waiting",
  release: "Let a held job go",
  pause: "Freeze every process of a running job",
  resume: "Let a paused job run on",
} as const;

export function addVerbs(app: App, { supervisor }: ServerParts): void {
  app.openapi(cancel, async (c) => {
    const { graceMs, onlyIn } = c.req.valid("json");
    const client = await clientOf(c);
    const { id } = c.req.valid("param");
    return c.json(valueOf(await supervisor.cancel(id, graceMs ?? null, client, onlyIn)), 202);
  });

  app.openapi(kill, async (c) => {
    const { onlyIn } = c.req.valid("json");
    const client = await clientOf(c);
    return c.json(valueOf(await supervisor.kill(c.req.valid("param").id, client, onlyIn)), 202);
  });

  app.openapi(adopt, async (c) =>
    c.json(valueOf(await supervisor.adopt(c.req.valid("json"))), 201),
  );

  app.openapi(retry, async (c) =>
    c.json(valueOf(await supervisor.retry(c.req.valid("param").id)), 201),
  );

  for (const verb of Object.keys(plainVerbs) as (keyof typeof plainVerbs)[]) {
    const route = createRoute({
      method: "post",
      path: `/api/v1/jobs/{id}/${verb}`,
      operationId: `${verb}Job`,
      summary: plainVerbs[verb],
      request: { params: jobIdParam },
      responses: { 200: json(job, "The job after it"), ...refused },
    });
    app.openapi(route, async (c) =>
      c.json(valueOf(await supervisor[verb](c.req.valid("param").id)), 200),
    );
  }
}
