import { createRoute, z } from "@hono/zod-openapi";
import { job } from "../../contract/job.ts";
import { jobRequest } from "../../contract/job-request.ts";
import { json, refused, valueOf } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/jobs",
  operationId: "submitJob",
  summary: "Submit a job",
  request: {
    headers: z.object({
      "idempotency-key": z.string().min(1).max(200).optional().openapi({
        description: "The same key with the same request gives the same job again",
      }),
    }),
    body: { required: true, content: { "application/json": { schema: jobRequest } } },
  },
  responses: {
    200: json(job, "The job that an earlier request with this key made"),
    201: json(job, "The new job; durable"),
    ...refused,
  },
});

export function addSubmit(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) => {
    const key = c.req.valid("header")["idempotency-key"] ?? null;
    const submitted = valueOf(await supervisor.submit(c.req.valid("json"), key));
    return c.json(submitted.job, submitted.replayed ? 200 : 201);
  });
}
