import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { receiptGpus } from "./receipt-gpus.ts";
import { receiptFacts } from "./receipt-facts.ts";
import { receiptProcesses } from "./receipt-processes.ts";
import { receiptStops } from "./receipt-stops.ts";
import { stateText, type Style } from "./style.ts";
import { fields } from "./table.ts";
import { timeBeside, timestamp } from "./time.ts";

/** How a job ended, and the proof that no process is left; at most `width` columns wide if possible. */
export function receiptPage(receipt: Receipt, width: number | null, style: Style): string[] {
  const state = stateText(style, receipt.state);
  return [
    `${style.bold(`job ${receipt.jobId}`)}  ${state}${attemptWords(receipt)}`,
    ...fields(receiptFacts(receipt)).map((line) => `  ${line}`),
    ...phases(receipt),
    ...receiptStops(receipt),
    ...receiptProcesses(receipt, width, style),
    ...escaped(receipt, style),
    ...receiptGpus(receipt, style),
    ...sharedMemory(receipt),
    ...unproven(receipt, style),
  ];
}

function attemptWords({ attempt, attemptNumber }: Receipt): string {
  return attempt === null ? "" : `  attempt ${attemptNumber ?? "?"} (${attempt})`;
}

function phases({ phases: rows }: Receipt): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const lines = rows.map(
    ({ name, atMs }) =>
      [
        name,
        `${timeBeside(atMs, first.atMs)}  +${formatDuration(Math.max(0, atMs - first.atMs))}`,
      ] as const,
  );
  return [`  phases, from ${timestamp(first.atMs)}`, ...fields(lines).map((line) => `    ${line}`)];
}

const escapeWords = {
  left: "left alone",
  denied: "may not be signalled",
  term: "stopped by the first signal",
  kill: "stopped by KILL",
} as const satisfies Record<NonNullable<Receipt["escaped"]>[number]["end"], string>;

/** Processes outside the job that carried its cookie: shown, but not part of the proof. */
function escaped({ escaped: found, escapedOmitted }: Receipt, style: Style): string[] {
  if (found === null || found.length === 0) return [];
  const lines = found.map(({ pid, command, owner, end, hint }) => {
    const stops = hint === null ? "" : `; to stop it: ${printable(hint)}`;
    return `    ${printable(command)} ${pid} in ${printable(owner)}: ${escapeWords[end]}${stops}`;
  });
  const omitted = escapedOmitted === 0 ? [] : [`    and ${escapedOmitted} more, not listed`];
  return [style.yellow("  escaped, not part of the proof"), ...lines, ...omitted];
}

/** Files that the job's libraries leave behind when they are killed. */
function sharedMemory({ sharedMemory: files }: Receipt): string[] {
  if (files === null || files.length === 0) return [];
  const lines = files.map(
    ({ path, bytes, removed, why }) =>
      `    ${removed ? "removed" : "left"} ${printable(path)} (${formatSize(bytes)}): ${printable(why)}`,
  );
  return ["  shared memory", ...lines];
}

function unproven({ unproven: gaps }: Receipt, style: Style): string[] {
  if (gaps.length === 0) return [];
  const lines = gaps.map(({ what, why }) => `    ${printable(what)}: ${printable(why)}`);
  return [style.yellow("  not proven"), ...lines];
}
