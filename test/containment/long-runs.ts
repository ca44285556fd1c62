/** What the long runs gave, by hand: they take too long for every run of the tests. */
export const randomRuns: {
  tier: string;
  payloads: number;
  seeds: string;
  falseEnds: number;
  bystandersHurt: number;
}[] = [
  { tier: "cgroup", payloads: 2_500, seeds: "105", falseEnds: 0, bystandersHurt: 0 },
  { tier: "subreaper", payloads: 2_500, seeds: "102, 104", falseEnds: 0, bystandersHurt: 0 },
];

export const workloadRuns: { name: string; times: string; leftBehind: string }[] = [];
