import { createRoute } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { killRequest } from "../../contract/stop-request.ts";
import { json, refused, valueOf } from "../answers.ts";
import { clientOf } from "../client-of.ts";
import { emptyIsNone } from "../empty-body.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
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

export function addKill(app: App, { supervisor, isCommandHost }: ServerParts): void {
  app.openapi(route, async (c) => {
    const { onlyIn } = c.req.valid("json");
    const client = await clientOf(c, isCommandHost);
    return c.json(valueOf(await supervisor.kill(c.req.valid("param").id, client, onlyIn)), 202);
  });
}
