import { createRoute } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs/{id}/resume",
  operationId: "resumeJob",
  summary: "Let a paused job run on",
  request: { params: jobIdParam },
  responses: {
    200: json(job, "The job when it runs again, or after 10 s as it is then; the request stands"),
    ...refused,
  },
});

export function addResume(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) =>
    c.json(valueOf(await supervisor.resume(c.req.valid("param").id)), 200),
  );
}
