import { expectedCases } from "./expected-cases.ts";
import { mayMakeGroups } from "./own-groups.ts";
import { tierNames, type TierName } from "./tier-names.ts";
import type { Verdict } from "./verdict.ts";

/** The tiers that this machine offers to this user. */
export const tiersHere = tierNames.filter((tier) => tier !== "cgroup" || mayMakeGroups);

/** Only root can choose pids, freeze mounts and become other users. */
export const isRoot = process.getuid?.() === 0;

/** containment.cgroup by which a server gets the tier on this machine. */
export const tierSettings: Record<TierName, string> = { cgroup: "auto", subreaper: "off" };

export function expectedOf(number: string, tier: TierName): Verdict {
  const found = expectedCases.find((expected) => expected.case === number);
  if (found === undefined) throw new Error(`case ${number} is not in the table of cases`);
  return found.tiers[tier];
}
