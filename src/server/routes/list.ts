import { createRoute, z } from "@hono/zod-openapi";
import { jobPage } from "../../contract/job.ts";
import { json, refused, valueOf } from "../answers.ts";
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
    return c.json(valueOf(await supervisor.list(query)), 200);
  });
}
