import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { bold, facts, section, warning, type Fact, type Page, type Section } from "./page.ts";
import { receiptGpus } from "./receipt-gpus.ts";
import { receiptFacts } from "./receipt-facts.ts";
import { receiptProcesses } from "./receipt-processes.ts";
import { receiptStops } from "./receipt-stops.ts";
import { stateSpan } from "./states.ts";
import { timeBeside, timestamp } from "./time.ts";

/** How a job ended, and the proof that no process is left. */
export function receiptPage(receipt: Receipt): Page {
  const { jobId, state, attempt, attemptNumber } = receipt;
  const which = attempt === null ? "" : `  attempt ${attemptNumber ?? "?"} (${attempt})`;
  return [
    section(
      [bold(`job ${jobId}`), "  ", stateSpan(state), which],
      [
        facts(receiptFacts(receipt)),
        ...phases(receipt),
        receiptStops(receipt),
        receiptProcesses(receipt),
        escaped(receipt),
        receiptGpus(receipt),
        sharedMemory(receipt),
        unproven(receipt),
      ],
    ),
  ];
}

function phases({ phases: rows }: Receipt): Section[] {
  const [first] = rows;
  if (first === undefined) return [];
  const times = rows.map(({ name, atMs }): Fact => {
    const after = formatDuration(Math.max(0, atMs - first.atMs));
    return [name, `${timeBeside(atMs, first.atMs)}  +${after}`];
  });
  return [section(`phases, from ${timestamp(first.atMs)}`, [facts(times)])];
}

const escapeMessages = {
  left: "left alone",
  denied: "may not be signalled",
  term: "stopped by the first signal",
  kill: "stopped by KILL",
} as const satisfies Record<NonNullable<Receipt["escaped"]>[number]["end"], string>;

/** Processes outside the job that carried its cookie: shown, but not part of the proof. */
function escaped({ escaped: found, escapedOmitted }: Receipt): Section {
  const lines = (found ?? []).map(({ pid, command, owner, end, hint }) => {
    const stops = hint === null ? "" : `; to stop it: ${hint}`;
    return `${command} ${pid} in ${owner}: ${escapeMessages[end]}${stops}`;
  });
  const omitted =
    lines.length === 0 || escapedOmitted === 0 ? [] : [`and ${escapedOmitted} more, not listed`];
  return section(warning("escaped, not part of the proof"), [...lines, ...omitted]);
}

/** Files that the job's libraries leave behind when they are killed. */
function sharedMemory({ sharedMemory: files }: Receipt): Section {
  return section(
    "shared memory",
    (files ?? []).map(
      ({ path, bytes, removed, why }) =>
        `${removed ? "removed" : "left"} ${path} (${formatSize(bytes)}): ${why}`,
    ),
  );
}

function unproven({ unproven: gaps }: Receipt): Section {
  return section(
    warning("not proven"),
    gaps.map(({ what, why }) => `${what}: ${why}`),
  );
}
