import { expectedCases } from "./expected-cases.ts";
import { mayMakeGroups } from "./own-groups.ts";
import type { Verdict } from "./verdict.ts";

export const tierNames = ["cgroup", "subreaper"] as const;
export type TierName = (typeof tierNames)[number];

/** The tiers that this machine offers to this user. */
export const tiersHere = tierNames.filter((tier) => tier !== "cgroup" || mayMakeGroups);

/** Chosen pids, frozen mounts and other users are root's to make. */
export const isRoot = process.getuid?.() === 0;

/** containment.cgroup by which a server gets the tier on this machine. */
export const tierSettings: Record<TierName, string> = { cgroup: "auto", subreaper: "off" };

/** What is promised for one case. The tests hold it against what they see; the reference page shows it. */
export interface ExpectedCase {
  case: string;
  title: string;
  tiers: Record<TierName, Verdict>;
  /** Why it is so, in a few words. */
  why: string;
  /** What others do in the same case, by their source or their own reports. */
  peers: string;
}

export function expectedOf(number: string, tier: TierName): Verdict {
  const found = expectedCases.find((expected) => expected.case === number);
  if (found === undefined) throw new Error(`case ${number} is not in the table of cases`);
  return found.tiers[tier];
}
