import type { Job } from "../../contract/job.ts";
import { formatDuration } from "../../contract/units.ts";
import { commandLine, titleOf } from "./command-line.ts";
import { cut } from "./fit.ts";
import { describeExit, noteOf, runTimeMs } from "./describe-job.ts";
import { painted, table, type Column, type Page } from "./page.ts";
import { hasEnded, stateSpan } from "./states.ts";

/**
 * Of one cell, also where the table may be as wide as it likes: every row is padded to the widest,
 * and a command has up to 2 MB. `--json` and `holdfast show` have all of it.
 */
const widestCell = 200;

/** A table of jobs: first those that have not ended, then the others, dimmed. */
export function jobTable(unsorted: readonly Job[], nowMs: number): Page {
  const jobs = unsorted.toSorted((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)));
  return [table(jobs, columnsAt(nowMs))];
}

function columnsAt(nowMs: number): Column<Job>[] {
  return [
    { title: "ID", align: "right", cell: dimmed(({ id }) => String(id)) },
    { title: "STATE", cell: ({ state }) => stateSpan(state) },
    { title: "NAME", least: 6, cell: dimmed(({ spec }) => cut(titleOf(spec), widestCell)) },
    {
      title: "COMMAND",
      least: 12,
      isExpendable: true,
      cell: dimmed(({ spec }) => cut(commandLine(spec.command), widestCell)),
    },
    {
      title: "AGE",
      align: "right",
      isExpendable: true,
      cell: dimmed((job) => age(nowMs - job.createdAtMs)),
    },
    { title: "TIME", align: "right", cell: dimmed((job) => ranFor(job, nowMs)) },
    { title: "EXIT", cell: dimmed((job) => describeExit(job) ?? "") },
    { title: "NOTE", least: 16, isExpendable: true, cell: dimmed(noteOf) },
  ];
}

/** The cell, dimmed for a job that has ended. */
function dimmed(cell: (job: Job) => string): Column<Job>["cell"] {
  return (job) => (hasEnded(job) ? painted(cell(job), "dim") : cell(job));
}

function ranFor(job: Job, nowMs: number): string {
  const ran = runTimeMs(job, nowMs);
  if (ran === null) return "";
  return job.endedAtMs === null ? age(ran) : formatDuration(ran);
}

/** Of something that is still growing. */
function age(ms: number): string {
  return ms < 1000 ? "0s" : formatDuration(Math.floor(ms / 1000) * 1000);
}
