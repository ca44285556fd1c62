import { z } from "@hono/zod-openapi";
import { orphanReceipt } from "./orphan-plan.ts";
import { suspect } from "./orphans.ts";

export const watchEventTypes = [
  "round",
  "found",
  "changed",
  "gone",
  "reaped",
  "reap-failed",
  "round-failed",
] as const;

const watchRound = z
  .object({
    seen: z.int().meta({ description: "processes inspected" }),
    suspects: z.int(),
    tookMs: z.number(),
    processorMs: z.number().meta({ description: "CPU time of the server over the round" }),
  })
  .meta({ id: "OrphanWatchRound" });

/** An event of a watch. Fields that do not belong to its type are null. */
export const watchEvent = z
  .object({
    atMs: z.int(),
    type: z.enum(watchEventTypes).meta({
      description:
        "found: suspected for the first time; changed: its class, rule, job or confidence; " +
        "gone: not suspected any more; reaped: a plan was made and carried out automatically",
    }),
    message: z.string(),
    suspect: suspect.nullable(),
    round: watchRound.nullable(),
    receipt: orphanReceipt.nullable(),
  })
  .meta({ id: "OrphanWatchEvent" });
export type WatchEvent = z.infer<typeof watchEvent>;

/** The request for a watch. */
export interface WatchRequest {
  intervalMs: number;
  /** Nothing is reaped, whatever the configuration names. */
  dryRun: boolean;
  allUsers: boolean;
}
