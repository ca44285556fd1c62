import { createRoute, z } from "@hono/zod-openapi";
import { job, jobPage, jobRequest } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
import { jobIdParam, pageLimit, stateFilter } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const submit = createRoute({
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

const list = createRoute({
  method: "get",
  path: "/api/v1/jobs",
  operationId: "listJobs",
  summary: "List jobs, newest first",
  request: {
    query: z.object({
      state: stateFilter,
      tag: z.string().optional(),
      name: z.string().optional(),
      select: z.string().optional().openapi({
        description: "`42`, `1,3,5-7`, `@` (the last), `@~1` (the one before) or a name",
      }),
      limit: pageLimit,
      cursor: z.string().optional().openapi({ description: "`nextCursor` of the page before" }),
    }),
  },
  responses: { 200: json(jobPage, "One page"), ...refused },
});

const show = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}",
  operationId: "showJob",
  summary: "Show a job",
  request: { params: jobIdParam },
  responses: { 200: json(job, "The job as of now"), ...refused },
});

const remove = createRoute({
  method: "delete",
  path: "/api/v1/jobs/{id}",
  operationId: "removeJob",
  summary: "Remove an ended job with its folder",
  request: { params: jobIdParam },
  responses: { 204: { description: "It is gone" }, ...refused },
});

export function addJobs(app: App, { supervisor }: ServerParts): void {
  app.openapi(submit, async (c) => {
    const key = c.req.valid("header")["idempotency-key"] ?? null;
    const submitted = valueOf(await supervisor.submit(c.req.valid("json"), key));
    return c.json(submitted.job, submitted.replayed ? 200 : 201);
  });

  app.openapi(list, (c) => {
    const { state, tag, name, select, limit, cursor } = c.req.valid("query");
    const query = {
      states: state,
      tag: tag ?? null,
      name: name ?? null,
      select: select ?? null,
      limit,
      cursor: cursor ?? null,
    };
    return c.json(valueOf(supervisor.list(query)), 200);
  });

  app.openapi(show, (c) => c.json(valueOf(supervisor.show(c.req.valid("param").id)), 200));

  app.openapi(remove, async (c) => {
    valueOf(await supervisor.remove(c.req.valid("param").id));
    return c.body(null, 204);
  });
}
