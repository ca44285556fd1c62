import { createRoute } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}",
  operationId: "showJob",
  summary: "Show a job",
  request: { params: jobIdParam },
  responses: { 200: json(job, "The job as of now"), ...refused },
});

export function addShow(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) =>
    c.json(valueOf(await supervisor.show(c.req.valid("param").id)), 200),
  );
}
