// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { reasonNames } from "../job/reasons.ts";
import { states } from "../job/states.ts";

export const tier = z.enum(["cgroup", "subreaper", "best effort"]);
export type Tier = z.infer<typeof tier>;

export const attemptView = z
  .object({
    number: z.int(),
    id: z.string(),
    tier,
    pid: z.int().nullable(),
    keeperPid: z.int().nullable(),
    startedAtMs: z.int().nullable(),
    endedAtMs: z.int().nullable(),
    folder: z.string(),
    gpuUuids: z.array(z.string()),
    damaged: z
      .array(z.string())
      .optional()
      .meta({ description: "fields whose value in the database is not what was written" }),
  })
  .meta({ id: "Attempt" });
export type AttemptView = z.infer<typeof attemptView>;

export const outcomeView = z
  .object({
    code: z.int().nullable(),
    signal: z.int().nullable(),
    reason: z.enum(reasonNames),
    leftovers: z.int(),
  })
  .meta({ id: "Outcome" });

/** An attempt of a job; `state` and `outcome` are its own, and null until it has ended or if it never executed. */
export const attemptSummary = attemptView
  .extend({ state: z.enum(states).nullable(), outcome: outcomeView.nullable() })
  .meta({ id: "AttemptSummary" });
export type AttemptSummary = z.infer<typeof attemptSummary>;

export const attemptList = z
  .object({ attempts: z.array(attemptSummary) })
  .meta({ id: "AttemptList" });
