import type { Job } from "../../contract/job.ts";
import { formatDuration } from "../../contract/units.ts";
import { commandLine, titleOf } from "./command-line.ts";
import { cut } from "./fit.ts";
import { exitWords, noteOf, runTimeMs } from "./job-words.ts";
import { colourOf, hasEnded, stateWords } from "./states.ts";
import type { Style } from "./style.ts";
import { table, type Column } from "./table.ts";

const columns: readonly Column[] = [
  { title: "ID", align: "right", gives: false, least: 0 },
  { title: "STATE", align: "left", gives: false, least: 0 },
  { title: "NAME", align: "left", gives: true, least: 6 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
  { title: "AGE", align: "right", gives: false, least: 0 },
  { title: "TIME", align: "right", gives: false, least: 0 },
  { title: "EXIT", align: "left", gives: false, least: 0 },
  { title: "NOTE", align: "left", gives: true, least: 16 },
];
const stateColumn = 1;

/**
 * Of one cell, also where the table may be as wide as it likes: every row is padded to the widest,
 * and a command has up to 2 MB. `--json` and `holdfast show` have all of it.
 */
const widestCell = 200;

/**
 * A table of jobs, at most `width` columns wide (null: as wide as it is): first those that have not
 * ended, then the others, dimmed.
 */
export function jobTable(
  unsorted: readonly Job[],
  nowMs: number,
  width: number | null,
  style: Style,
): string[] {
  const jobs = unsorted.toSorted((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)));
  const rows = jobs.map((job) => cells(job, nowMs));
  return table(columns, rows, width, (row, column, text) => {
    if (row === -1) return style.bold(text);
    const job = jobs[row];
    if (job === undefined) return text;
    if (column === stateColumn) return style[colourOf(job.state)](text);
    return hasEnded(job) ? style.dim(text) : text;
  });
}

function cells(job: Job, nowMs: number): string[] {
  const ran = runTimeMs(job, nowMs);
  return [
    String(job.id),
    stateWords(job.state),
    cut(titleOf(job.spec), widestCell),
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
