import { z } from "@hono/zod-openapi";
import type { AbandonedSummary } from "./abandoned-message.ts";

export const abandoned = z
  .object({
    stateDir: z.string().meta({ description: "as it was when these attempts began" }),
    movedTo: z.string().nullable().meta({ description: "null: it was removed" }),
    attempts: z.int(),
    processes: z.int(),
  })
  .meta({
    id: "Abandoned",
    description: "attempts that live while the state folder with their records is gone",
  }) satisfies z.ZodType<AbandonedSummary>;
