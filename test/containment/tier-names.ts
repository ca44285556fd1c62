export const tierNames = ["cgroup", "subreaper"] as const;
export type TierName = (typeof tierNames)[number];
