import type { Job } from "../../contract/job.ts";
import { formatDuration } from "../../contract/units.ts";
import { commandLine } from "./command-line.ts";
import { cut } from "./fit.ts";
import { exitWords, noteOf, runTimeMs } from "./job-words.ts";
import { printable } from "./printable.ts";
import { colourOf, stateWords } from "./states.ts";
import type { Style } from "./style.ts";
import { table, type Column } from "./table.ts";

const columns: readonly Column[] = [
  { title: "ID", align: "right", gives: 0, least: 0 },
  { title: "STATE", align: "left", gives: 0, least: 0 },
  { title: "NAME", align: "left", gives: 1, least: 6 },
  { title: "COMMAND", align: "left", gives: 3, least: 12 },
  { title: "AGE", align: "right", gives: 0, least: 0 },
  { title: "TIME", align: "right", gives: 0, least: 0 },
  { title: "EXIT", align: "left", gives: 0, least: 0 },
  { title: "NOTE", align: "left", gives: 2, least: 16 },
];
const stateColumn = 1;

/**
 * Of one cell, also where the table may be as wide as it likes: every row is padded to the widest,
 * and a command has up to 2 MB. `--json` and `holdfast show` have all of it.
 */
const widestCell = 200;

/** A table of jobs, at most `width` columns wide (null: as wide as it is). */
export function jobTable(
  jobs: readonly Job[],
  nowMs: number,
  width: number | null,
  style: Style,
): string[] {
  const rows = jobs.map((job) => cells(job, nowMs));
  return table(columns, rows, width, (row, column, text) => {
    if (row === -1) return style.bold(text);
    const job = jobs[row];
    if (job === undefined || column !== stateColumn) return text;
    return style[colourOf(job.state)](text);
  });
}

function cells(job: Job, nowMs: number): string[] {
  const ran = runTimeMs(job, nowMs);
  return [
    String(job.id),
    stateWords(job.state),
    job.spec.name === null ? "" : cut(printable(job.spec.name), widestCell),
    cut(commandLine(job.spec.command), widestCell),
    age(nowMs - job.createdAtMs),
    ran === null ? "" : job.endedAtMs === null ? age(ran) : formatDuration(ran),
    exitWords(job) ?? "",
    noteOf(job),
  ];
}

/** Of something that is still growing. */
function age(ms: number): string {
  return ms < 1000 ? "0s" : formatDuration(Math.floor(ms / 1000) * 1000);
}
