import { createRoute } from "@hono/zod-openapi";
import { adoptRequest } from "../../contract/adopt.ts";
import { job } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
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

export function addAdopt(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) =>
    c.json(valueOf(await supervisor.adopt(c.req.valid("json"))), 201),
  );
}
