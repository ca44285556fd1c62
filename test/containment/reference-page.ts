import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { circumstances, table, type Report } from "../../bench/harness/report.ts";
import { expectedCases } from "./expected-cases.ts";
import { tierNames } from "./tier-names.ts";
import { randomRuns, workloadRuns } from "./long-runs.ts";

const root = join(import.meta.dirname, "../..");

/** docs/reference/containment.md, from the table that the tests assert and the stored results. */
export function referencePage(): string {
  return `# Containment, case by case

Made by \`HOLDFAST_WRITE_DOCS=1 npm run test:e2e -- reference-page\` from the table that the tests in
\`test/containment\` assert. The tests determine which processes live by file locks, which the kernel
releases when their process ends. Programs that share no code with Holdfast read the locks at the moment
of the terminal event, without any delay. Three bystanders run beside each job and must survive: a process
with another attempt's cookie in its environment, a process with the job's id and attempt in its command
line, and a process that was given the pid of an ended process of the job.

| | |
|---|---|
| **proven** | the kernel reports that nothing lives (\`waitid\`: ECHILD, and \`populated 0\` if there is a cgroup), and the receipt says so without a reservation |
| **named** | a process lives that no signal ends: the job has not ended and names it, until the kernel releases it |
| **searched** | nothing was found and nothing lived, but that is not proven; the receipt says so |
| **not covered** | outside what Holdfast can follow |
| **not run** | needs something that this machine does not have |

The tier \`cgroup\` needs a writable cgroup v2 folder, pure or hybrid; \`subreaper\` is
available on every Linux. Both were run as root on a hybrid machine; cases 15, 16 and 34 as an
ordinary user, on the tier \`cgroup\` in a delegated folder.

| case | what the payload does | ${tierNames.join(" | ")} | why | others |
|---|---|${tierNames.map(() => "---|").join("")}---|---|
${expectedCases.map(({ case: number, title, tiers, why, peers }) => `| ${number} | ${title} | ${tierNames.map((tier) => tiers[tier]).join(" | ")} | ${why} | ${peers} |`).join("\n")}

The last column shows what other systems do, according to their source or their own reports; — means that
no report was found.

## Random compositions
\`npm run test:random\` composes payloads from forks, sessions, orphans, ignored signals, dead
leaders, stops, closed descriptors, other names, sub-groups and early exits. It ends them by cancel or
kill, some while the server is killed and started again, and reduces a failing payload. The runs with
seed 201 also pause payloads and kill their keeper. Runs that were aborted because a bystander could
not be started count up to that point.

| tier | payloads | seeds | false ends | bystanders hurt |
|---|---|---|---|---|
${randomRuns.map((run) => `| ${run.tier} | ${run.payloads} | ${run.seeds} | ${run.falseEnds} | ${run.bystandersHurt} |`).join("\n")}

## Real programs
Each program is cancelled at a randomly chosen step of its own output.
\`HOLDFAST_TEST_FULL=1 npm run test:e2e -- workloads\` does that 20 times on each tier; it needs
\`apt-get install python3-sklearn python3-torch openmpi-bin python3-mpi4py bubblewrap podman runc busybox\`.

| program | times | left behind |
|---|---|---|
${workloadRuns.map((run) => `| ${run.name} | ${run.times} | ${run.leftBehind} |`).join("\n")}

## From SIGKILL to proof
\`npm run bench kill\`. The keeper measures whole milliseconds. Its time includes naming the processes
and recording how each ended, which the bare call does not do.

${killTimes()}
`;
}

function killTimes(): string {
  const path = join(root, "bench/results/kill.json");
  if (!existsSync(path)) return "Not measured yet.";
  const report = JSON.parse(readFileSync(path, "utf8")) as Report;
  return [...table(report), "", `_${circumstances(report)}_`].join("\n");
}
