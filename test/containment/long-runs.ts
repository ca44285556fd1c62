/** Results of the long runs, entered by hand: they take too long for every run of the tests. */
export const randomRuns: {
  tier: string;
  payloads: number;
  seeds: string;
  falseEnds: number;
  bystandersHurt: number;
}[] = [
  {
    tier: "cgroup",
    payloads: 5_925,
    seeds: "101, 103, 105, 108, 110, 201",
    falseEnds: 0,
    bystandersHurt: 0,
  },
  {
    tier: "subreaper",
    payloads: 6_305,
    seeds: "102, 104, 106, 107, 109, 201",
    falseEnds: 0,
    bystandersHurt: 0,
  },
];

const everyTier = "20 on each tier";
export const workloadRuns: { name: string; times: string; leftBehind: string }[] = [
  "a joblib grid search",
  "a multiprocessing pool by spawn",
  "a multiprocessing pool by fork",
  "a multiprocessing pool by forkserver",
  "a torch DataLoader with eight workers",
  "four MPI ranks",
  "a pipeline in the background",
  "`make -j`",
  "a bubblewrap sandbox with its own PID namespace",
  "a podman container",
].map((name) => ({ name, times: everyTier, leftBehind: "no process" }));
