import type { ScanRequest } from "../contract/orphans.ts";
import type { Rule } from "./rule.ts";

/** The minimum age, CPU use and time without a parent for a process to be suspected. */
export interface Limits {
  minAgeMs: number;
  /** Percent of one CPU. */
  cpuPercent: number;
  parentGoneMs: number;
}

/** A request overrides the rule, and the rule overrides the configuration. */
export function limitsFor(
  configured: Limits,
  rule: Pick<Rule, "min_age" | "cpu_percent" | "parent_gone"> | null,
  { now, minAgeMs, cpuPercent }: Pick<ScanRequest, "now" | "minAgeMs" | "cpuPercent">,
): Limits {
  return {
    minAgeMs: minAgeMs ?? (now ? 0 : (rule?.min_age ?? configured.minAgeMs)),
    cpuPercent: cpuPercent ?? rule?.cpu_percent ?? configured.cpuPercent,
    parentGoneMs: now ? 0 : (rule?.parent_gone ?? configured.parentGoneMs),
  };
}
