import { z } from "zod";
import { signature } from "../contract/orphan-signature.ts";
import type { StatusDatabase } from "../contract/status-database.ts";
import { durationExample, parseDuration } from "../contract/units.ts";

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === null) context.addIssue(`not a duration: write ${durationExample}`);
  return ms ?? 0;
});

const statusCommand = z.strictObject({
  /** An argument vector; `{id}` is replaced within an argument. Never a shell. */
  command: z.array(z.string().min(1)).min(1),
  /** Strings to find in the first line of its output. */
  running: z.array(z.string().min(1)).default([]),
  ended: z.array(z.string().min(1)).default([]),
  /** Exit codes, used if the output does not decide. */
  running_codes: z.array(z.int().min(0).max(255)).default([]),
  ended_codes: z.array(z.int().min(0).max(255)).default([]),
  timeout: duration.prefault("5s"),
});
export type StatusCommand = z.output<typeof statusCommand>;

const ruleFields = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and -"),
  about: z.string().max(200).default(""),
  /** Groups related rules, such as workers and their resource trackers. Default: its name. */
  family: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and -")
    .optional(),
  signature: z.array(signature).default([]),
  /** Instead of signatures: finds workers that were forked by a program that is gone. */
  lineage: z.boolean().default(false),
  /** Started only by a parent of its own program: a child of process 1 is an orphan. */
  worker: z.boolean().default(false),
  /** Default: the configuration's values. */
  min_age: duration.optional(),
  cpu_percent: z.number().min(0).optional(),
  parent_gone: duration.optional(),
  holds_gpu: z.boolean().default(false),
  /** A user id. */
  user: z.int().min(0).optional(),
  action: z.enum(["report", "propose"]).default("report"),
  status: statusCommand.optional(),
});

export const rule = ruleFields.refine(
  ({ signature: list, lineage }) => lineage !== list.length > 0,
  { path: ["signature"], message: "a rule needs signatures, or lineage = true without any" },
);

export const ruleFile = z.strictObject({ rule: z.array(rule).default([]) });

export function familyOf({ family, name }: Pick<Rule, "family" | "name">): string {
  return family ?? name;
}

/** Whether the rule of a suspect belongs to the family; without a family every rule does. */
export function isOfFamily(
  name: string | null,
  family: string | undefined,
  rules: readonly Rule[],
): boolean {
  if (family === undefined) return true;
  return rules.some((one) => one.name === name && familyOf(one) === family);
}

/** A rule and its origin. A rule made from `[orphans.status.NAME]` has the database. */
export type Rule = z.output<typeof rule> & { from: string; database?: StatusDatabase };

/** Whether another system is queried for the end of a process's job. */
export function asksStatus({ status, database }: Pick<Rule, "status" | "database">): boolean {
  return status !== undefined || database !== undefined;
}
