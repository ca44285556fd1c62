import { z } from "@hono/zod-openapi";
import { limitAbility } from "./limits.ts";

export const selftestCase = z
  .object({
    name: z.string(),
    what: z.string().meta({ description: "what the payload tries" }),
    verdict: z.enum(["proven", "not proven"]),
    message: z.string().meta({ description: "what proved it, or what was seen instead" }),
    tookMs: z.int().meta({ description: "from the stop, or the start, to the end" }),
  })
  .meta({ id: "SelftestCase" });
export type SelftestCase = z.infer<typeof selftestCase>;

/** A limit, how this machine applies it, and whether it was enforced on a job that reached it. */
export const limitTrial = limitAbility
  .extend({
    verdict: z.enum(["enforced", "not enforced", "not known", "not tried"]).meta({
      description: "not known: the job never reached the limit, because the machine was too busy",
    }),
    message: z
      .string()
      .nullable()
      .meta({ description: "what was seen instead, or why it was not tried" }),
  })
  .meta({ id: "LimitTrial" });
export type LimitTrial = z.infer<typeof limitTrial>;

/** What this machine can prove. */
export const selftest = z
  .object({
    passed: z.boolean(),
    tier: z.string(),
    tierWhy: z.string(),
    cases: z.array(selftestCase),
    bystander: z
      .string()
      .meta({ description: "the result for a process that must not be touched" }),
    limits: z.array(limitTrial),
  })
  .meta({ id: "Selftest" });
export type Selftest = z.infer<typeof selftest>;
