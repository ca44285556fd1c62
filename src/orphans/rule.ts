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
  /** Words in the first line of its output. */
  running: z.array(z.string().min(1)).default([]),
  ended: z.array(z.string().min(1)).default([]),
  /** Exit codes, where the words decide nothing. */
  running_codes: z.array(z.int().min(0).max(255)).default([]),
  ended_codes: z.array(z.int().min(0).max(255)).default([]),
  timeout: duration.prefault("5s"),
});
export type StatusCommand = z.output<typeof statusCommand>;

const ruleFields = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and -"),
  about: z.string().max(200).default(""),
  /** Rules that belong together, as workers and their resource trackers. Else its name. */
  family: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and -")
    .optional(),
  signature: z.array(signature).default([]),
  /** In place of signatures: workers that were forked by a program that is gone. */
  lineage: z.boolean().default(false),
  /** Never started but by a parent of its own kind of program: under process 1 it is an orphan. */
  worker: z.boolean().default(false),
  /** Where these are not given the configuration holds. */
  min_age: duration.optional(),
  cpu_percent: z.number().min(0).optional(),
  parent_gone: duration.optional(),
  holds_gpu: z.boolean().default(false),
  /** A user's number. */
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

/** Whether the rule of a suspect is of the family; without one every suspect is. */
export function isOfFamily(
  name: string | null,
  family: string | undefined,
  rules: readonly Rule[],
): boolean {
  if (family === undefined) return true;
  return rules.some((one) => one.name === name && familyOf(one) === family);
}

/** A rule and where it comes from; one that is made of `[orphans.status.NAME]` has the database. */
export type Rule = z.output<typeof rule> & { from: string; database?: StatusDatabase };

/** Whether another system says if the job of a process has ended. */
export function asksStatus({ status, database }: Pick<Rule, "status" | "database">): boolean {
  return status !== undefined || database !== undefined;
}
