import { createRoute } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { retryRequest } from "../../contract/job-request.ts";
import { emptyIsNone } from "../empty-body.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/retry",
  operationId: "retryJob",
  summary: "Submit an ended job's specification again",
  middleware: emptyIsNone,
  request: {
    params: jobIdParam,
    body: { content: { "application/json": { schema: retryRequest } } },
  },
  responses: { 201: json(job, "The new job"), ...refused },
});

export function addRetry(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) =>
    c.json(valueOf(await supervisor.retry(c.req.valid("param").id, c.req.valid("json").env)), 201),
  );
}
