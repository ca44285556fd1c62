import { createRoute } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/hold",
  operationId: "holdJob",
  summary: "Keep a queued job waiting",
  request: { params: jobIdParam },
  responses: { 200: json(job, "The job after it"), ...refused },
});

export function addHold(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) =>
    c.json(valueOf(await supervisor.hold(c.req.valid("param").id)), 200),
  );
}
