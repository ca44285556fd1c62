// npm run crash          every failpoint and every fault, then the page
// npm run reliability    only the page, from the results that are kept
//
// Writes docs/reference/reliability.md from bench/results/{crash,torture,adopt}.json.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { circumstances, table, type Report } from "../bench/harness/report.ts";

const results = "bench/results";
const page = "docs/reference/reliability.md";
/** What vitest leaves of the last full run. */
const crashReport = "build/crash.json";

interface Crash {
  measuredAt: string;
  /** By fault and process: number of cases, and number of cases that failed. */
  faults: { fault: string; cases: number; failed: number }[];
}

interface Torture {
  seconds: number;
  seeds: number;
  submissions: number;
  violations: number;
  counts: Record<string, number>;
}

interface VitestReport {
  startTime: number;
  testResults: {
    assertionResults: { status: string; ancestorTitles: string[] }[];
  }[];
}

/** A full run that has just been made becomes the kept result. */
function keepCrashReport(): void {
  if (!existsSync(crashReport)) return;
  const { startTime, testResults } = JSON.parse(readFileSync(crashReport, "utf8")) as VitestReport;
  const cases = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === "passed" || status === "failed")
    // The others compare the lists.
    .filter(({ ancestorTitles }) => /^a (server|keeper) that/.test(ancestorTitles[0] ?? ""));
  const faults = [...Map.groupBy(cases, ({ ancestorTitles }) => ancestorTitles[0] ?? "")].map(
    ([fault, list]) => ({
      fault: fault.replace(/,? at$/, ""),
      cases: list.length,
      failed: list.filter(({ status }) => status === "failed").length,
    }),
  );
  const result: Crash = { measuredAt: minute(startTime), faults };
  writeFileSync(`${results}/crash.json`, `${JSON.stringify(result, null, 2)}\n`);
}

/** Null where it was never made. */
function kept(name: string): unknown {
  const path = `${results}/${name}.json`;
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
}

const minute = (ms: number) => `${new Date(ms).toISOString().slice(0, 16)}Z`;

function crashSection(): string[] {
  const crash = kept("crash") as Crash | null;
  if (crash === null) return ["Not run yet."];
  return [
    "| fault | cases | failed |",
    "|---|---|---|",
    ...crash.faults.map(({ fault, cases, failed }) => `| ${fault} | ${cases} | ${failed} |`),
    "",
    `_${crash.measuredAt}_`,
  ];
}

const happenings = [
  "server killed",
  "keeper killed",
  "server and keeper killed",
  "server ended in order",
  "disk full",
  "descriptors run out",
  "clock set",
];
const ends = ["succeeded", "failed", "cancelled", "timed_out", "lost"];

function tortureSection(): string[] {
  const torture = kept("torture") as Torture | null;
  if (torture === null) return ["Not run yet."];
  const { counts, seconds, seeds, submissions, violations } = torture;
  const list = (names: string[]) => names.map((name) => `${name} ${counts[name] ?? 0}`).join(", ");
  const requests = Object.entries(counts)
    .filter(([name]) => !happenings.includes(name) && !ends.includes(name))
    .reduce((sum, [, count]) => sum + count, 0);
  return [
    "| | |",
    "|---|---|",
    `| run | ${(seconds / 3600).toFixed(2)} h of faults, ${seeds} seeds |`,
    `| requests | ${requests} in total, ${submissions} different submissions |`,
    `| faults | ${list(happenings)} |`,
    `| observed ends | ${list(ends)} |`,
    `| violations | ${violations} |`,
  ];
}

function adoptSection(): string[] {
  const report = kept("adopt") as Report | null;
  return report === null
    ? ["Not measured yet."]
    : [report.question, "", ...table(report), "", `_${circumstances(report)}_`];
}

keepCrashReport();
writeFileSync(
  page,
  `${[
    "# Reliability",
    "",
    "Made by `scripts/reliability.ts` from the stored results in `bench/results/`; do not edit it by hand.",
    "",
    "## A fault between any two durable steps",
    "",
    "Server and keeper have named failpoints before, within and after each durable step: each commit, each call of the server to the machine, each record of the keeper. At each of them the process is killed by SIGKILL or a call is refused (`ENOSPC`, `EIO`, `EMFILE` …); a keeper is also halted. A real job runs during this time, in every situation that reaches the point. Then another server starts. A witness that shares no code with Holdfast, and a file that each payload writes to, are used to check the following: the job ran exactly once, or provably never, or as often as its retry policy allows; its state matches what happened; an exit code that was not observed is not invented; no process, cgroup or folder is left. The lists of failpoints and of cases are compared, so a step without a case fails the tests (`test/crash/complete.test.ts`).",
    "",
    ...crashSection(),
    "",
    "`npm run crash` runs all of them; `npm test` runs one situation of each, without halted keepers.",
    "",
    "## Torture",
    "",
    "Random clients submit, cancel, kill, retry, remove, hold and pause jobs of several processes while server and keepers are killed, the disk fills, descriptors run out and the clock is set. A checker compares the acknowledgements to the clients, the files that the payloads wrote and the final content of the store: every acknowledged submission ran once or never, every recorded end matches what happened, `lost` occurs only if a keeper was killed, no process is left, and no receipt contains a false statement.",
    "",
    ...tortureSection(),
    "",
    "`npm run torture -- --minutes 120 --seed 1`; the same seed makes the same choices, not the same schedule of the kernel.",
    "",
    "## Finding 500 running jobs again",
    "",
    ...adoptSection(),
  ].join("\n")}\n`,
);
