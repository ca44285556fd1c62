import { createRoute } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { stopRequest } from "../../contract/stop-request.ts";
import { json, refused, valueOf } from "../answers.ts";
import { clientOf } from "../client-of.ts";
import { emptyIsNone } from "../empty-body.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/cancel",
  operationId: "cancelJob",
  summary:
    "Stop a job: the request is recorded, and the job is `stopping` until its end is observed. `graceMs` while it stops moves SIGKILL, also to a later moment",
  middleware: emptyIsNone,
  request: {
    params: jobIdParam,
    body: { content: { "application/json": { schema: stopRequest } } },
  },
  responses: { 202: json(job, "The job, usually `stopping`"), ...refused },
});

export function addCancel(app: App, { supervisor, isCommandHost }: ServerParts): void {
  app.openapi(route, async (c) => {
    const { graceMs, onlyIn } = c.req.valid("json");
    const client = await clientOf(c, isCommandHost);
    const { id } = c.req.valid("param");
    return c.json(valueOf(await supervisor.cancel(id, graceMs ?? null, client, onlyIn)), 202);
  });
}
