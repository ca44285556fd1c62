import { createRoute, z } from "@hono/zod-openapi";
import { jobEvent } from "../../contract/event.ts";
import { json, refused, valueOf } from "../answers.ts";
import { count, jobIdParam, pageLimit } from "../parameters.ts";
import type { App, ServerParts } from "../parts.ts";

const timeline = createRoute({
  method: "get",
  path: "/api/v1/jobs/{id}/events",
  operationId: "listJobEvents",
  summary: "A job's timeline, oldest first",
  request: {
    params: jobIdParam,
    query: z.object({ after: count("Only events with a larger `seq`", 0), limit: pageLimit }),
  },
  responses: {
    200: json(
      z
        .object({
          events: z.array(jobEvent),
          nextAfter: z
            .int()
            .nullable()
            .openapi({ description: "`after` of the next page; null: that was all" }),
        })
        .openapi("EventPage"),
      "One page",
    ),
    ...refused,
  },
});

export function addEvents(app: App, { supervisor }: ServerParts): void {
  app.openapi(timeline, async (c) => {
    const { id } = c.req.valid("param");
    const { after, limit } = c.req.valid("query");
    valueOf(await supervisor.show(id));
    const events = await supervisor.events({ job: id, after, limit }, c.req.raw.signal);
    const nextAfter = events.length === limit ? (events.at(-1)?.seq ?? null) : null;
    return c.json({ events, nextAfter }, 200);
  });
}
