import { z } from "@hono/zod-openapi";
import { attemptNumber, count } from "../parameters.ts";

/** Which part of a job's output. */
export const outputQuery = z.object({
  stream: z
    .enum(["stdout", "stderr"])
    .default("stdout")
    .openapi({ description: "With joined output both are the same" }),
  attempt: attemptNumber,
  fromAttempt: z
    .string()
    .regex(/^\d{1,9}$/, "an attempt's number, such as 1, or 0")
    .transform(Number)
    .optional()
    .openapi({
      type: "integer",
      minimum: 0,
      description:
        "Not with `attempt`: this attempt and those that follow it; `offset` counts through them. To resume a stream, use `holdfast-attempt` of its answer",
    }),
  offset: z
    .string()
    .regex(/^-?\d{1,15}$/, "a whole number of bytes; a negative one counts from the end")
    .transform(Number)
    .optional()
    .openapi({
      type: "integer",
      description: "First byte; a negative one counts from the end. Left out: 0",
    }),
  lines: z
    .string()
    .regex(/^\d{1,9}$/, "a whole number of lines")
    .transform(Number)
    .optional()
    .openapi({
      type: "integer",
      minimum: 0,
      description: "Start at the last N lines, searched for in the last 8 MiB",
    }),
  limit: count("Maximum number of bytes; 0: no limit", 0),
});

export type OutputQuery = z.output<typeof outputQuery>;
