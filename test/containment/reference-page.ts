import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { circumstances, table, type Report } from "../../bench/harness/report.ts";
import { expectedCases } from "./expected-cases.ts";
import { tierNames } from "./tier-names.ts";
import { randomRuns, workloadRuns } from "./long-runs.ts";

const root = join(import.meta.dirname, "../..");

/** docs/reference/containment.md, from the table that the tests assert and the figures that were kept. */
export function referencePage(): string {
  return `# What is contained, case by case

Made by \`HOLDFAST_WRITE_DOCS=1 npm run test:e2e -- reference-page\` from the table that the tests in
\`test/containment\` assert. Who lives is told there by file locks that the kernel drops with their
process, read by programs that share no code with Holdfast, at the moment of the terminal event and
without any grace. Beside each job run three bystanders that must live on: one with another attempt's
cookie in its environment, one with the job's id and attempt in its command line, one that was given
the pid of a process of the job that had ended.

| | |
|---|---|
| **proven** | the kernel says that nothing lives (\`waitid\`: ECHILD, and \`populated 0\` where there is a group), and the receipt says so without a reservation |
| **named** | something lives that no signal ends: the job is not over and names it, until the kernel lets go |
| **searched** | nothing was found and nothing lived, but nobody can vouch for it; the receipt says that |
| **not covered** | outside what Holdfast can follow |
| **not run** | needs what this machine does not have |

The tier \`cgroup\` needs a cgroup v2 folder that may be written to, pure or hybrid; \`subreaper\` is
what Linux gives everybody. Both were run as root on a hybrid machine; cases 15, 16 and 34 as an
ordinary user, on the tier \`cgroup\` in a delegated folder.

| case | what the payload does | ${tierNames.join(" | ")} | why | others |
|---|---|${tierNames.map(() => "---|").join("")}---|---|
${expectedCases.map(({ case: number, title, tiers, why, peers }) => `| ${number} | ${title} | ${tierNames.map((tier) => tiers[tier]).join(" | ")} | ${why} | ${peers} |`).join("\n")}

The last column tells what other systems do by their source or by their own reports; — means that
no report was found.

## At random
\`npm run test:random\` puts payloads together from forks, sessions, orphans, ignored signals, dead
leaders, stops, closed descriptors, other names, sub-groups and early exits, ends them by cancel or
kill, some while the server is killed and started again, and makes what fails smaller. The runs with
seed 201 also pause them, and kill their keeper. Runs that broke off because a bystander could
not be started count up to there.

| tier | payloads | seeds | false ends | bystanders hurt |
|---|---|---|---|---|
${randomRuns.map((run) => `| ${run.tier} | ${run.payloads} | ${run.seeds} | ${run.falseEnds} | ${run.bystandersHurt} |`).join("\n")}

## Real programs
Each is cancelled at a step of its own output that is chosen at random.
\`HOLDFAST_TEST_FULL=1 npm run test:e2e -- workloads\` does that 20 times on each tier; it needs
\`apt-get install python3-sklearn python3-torch openmpi-bin python3-mpi4py bubblewrap podman runc busybox\`.

| program | times | left behind |
|---|---|---|
${workloadRuns.map((run) => `| ${run.name} | ${run.times} | ${run.leftBehind} |`).join("\n")}

## From SIGKILL to proof
\`npm run bench kill\`. The keeper notes whole milliseconds; its time contains naming the processes
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
