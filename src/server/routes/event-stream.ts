import { createRoute, z } from "@hono/zod-openapi";
import { refused } from "../answers.ts";
import type { App, ServerParts } from "../parts.ts";

const stream = createRoute({
  method: "get",
  path: "/api/v1/events",
  operationId: "streamEvents",
  summary: "What happens, as server-sent events",
  description:
    "Data is a JobEvent, id its `seq`; passing events carry no id. " +
    "Without `after` and `Last-Event-ID` it starts now.",
  request: {
    query: z.object({
      job: z
        .string()
        .regex(/^[1-9]\d{0,14}$/, "a job's number")
        .transform(Number)
        .optional()
        .openapi({ type: "integer", minimum: 1, description: "Only this job" }),
      after: z
        .string()
        .regex(/^\d{1,15}$/, "an event's seq")
        .transform(Number)
        .optional()
        .openapi({
          type: "integer",
          minimum: 0,
          description: "First everything with a larger `seq`",
        }),
    }),
    headers: z.object({
      "last-event-id": z
        .string()
        .regex(/^\d{1,15}$/)
        .optional(),
    }),
  },
  responses: {
    200: { description: "Without end", content: { "text/event-stream": { schema: z.string() } } },
    ...refused,
  },
});

export function addEventStream(app: App, _parts: ServerParts): void {
  app.openapi(stream, () => {
    throw new Error("not there yet");
  });
}
