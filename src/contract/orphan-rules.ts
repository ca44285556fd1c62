import { z } from "@hono/zod-openapi";

export const orphanRules = z
  .object({
    rules: z.array(
      z.object({
        name: z.string(),
        family: z.string(),
        about: z.string(),
        from: z.string().meta({ description: "`built in` or a file" }),
        action: z.enum(["report", "propose"]),
        minAgeMs: z.int(),
        cpuPercent: z.number(),
        parentGoneMs: z.int(),
        asksStatus: z.boolean(),
      }),
    ),
    folder: z.string(),
  })
  .meta({ id: "OrphanRules" });
export type OrphanRules = z.infer<typeof orphanRules>;

export const ruleTestRequest = z
  .strictObject({ text: z.string().max(256 * 1024), name: z.string().max(4096) })
  .meta({ id: "OrphanRuleTestRequest" });

/** What a file of rules would match now, suspects or not. */
export const ruleTest = z
  .object({
    rules: z.array(z.string()),
    matches: z.array(
      z.object({
        rule: z.string(),
        pid: z.int(),
        command: z.string(),
        suspected: z.boolean(),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: "OrphanRuleTest" });
export type RuleTest = z.infer<typeof ruleTest>;
