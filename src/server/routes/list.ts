import { createRoute, z } from "@hono/zod-openapi";
import { jobPage, type JobPage } from "../../contract/job.ts";
import { json, jsonText, refused, valueOf } from "../answers.ts";
import { pageLimit, stateFilter } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const route = createRoute({
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

export function addList(app: App, { supervisor }: ServerParts): void {
  app.openapi(route, async (c) => {
    const { state, tag, name, select, limit, cursor } = c.req.valid("query");
    const query = {
      states: state,
      tag: tag ?? null,
      name: name ?? null,
      select: select ?? null,
      limit,
      cursor: cursor ?? null,
    };
    return jsonText<JobPage>(c, valueOf(await supervisor.listText(query, c.req.raw.signal)));
  });
}
