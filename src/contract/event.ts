import { z } from "@hono/zod-openapi";
import { eventTypes } from "../job/event-types.ts";
import { states } from "../job/states.ts";

/**
 * One line of the timeline. `seq` grows by one with each stored event over all
 * jobs and is the SSE id; events with seq null are transient (progress of a stop)
 * and are not stored.
 */
export const jobEvent = z
  .object({
    seq: z.int().nullable(),
    jobId: z.int(),
    atMs: z.int(),
    type: z.enum(eventTypes),
    state: z
      .enum(states)
      .nullable()
      .meta({ description: "the job's state after the event; null for passing events" }),
    data: z.record(z.string(), z.unknown()),
    damaged: z
      .array(z.string())
      .optional()
      .meta({ description: "fields whose value in the database is not what was written" }),
  })
  .meta({ id: "JobEvent" });
export type JobEvent = z.infer<typeof jobEvent>;
