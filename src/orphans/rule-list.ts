import type { OrphanRules } from "../contract/orphan-rules.ts";
import { limitsFor, type Limits } from "./limits.ts";
import { asksStatus, familyOf, type Rule } from "./rule.ts";

/** The rules with the limits that apply to each. */
export function ruleList(rules: readonly Rule[], configured: Limits): OrphanRules["rules"] {
  return rules.map((rule) => {
    const { name, about, from, action } = rule;
    const { minAgeMs, cpuPercent, parentGoneMs } = limitsFor(configured, rule, {});
    const limits = { minAgeMs, cpuPercent, parentGoneMs };
    return {
      name,
      family: familyOf(rule),
      about,
      from,
      action,
      ...limits,
      asksStatus: asksStatus(rule),
    };
  });
}
