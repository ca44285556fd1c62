import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { signalName } from "./signals.ts";
import { stateText, type Style } from "./style.ts";
import { fields, table, type Column } from "./table.ts";
import { timeOfDay, timestamp } from "./time.ts";

const processColumns: readonly Column[] = [
  { title: "PID", align: "right", gives: 0, least: 0 },
  { title: "COMMAND", align: "left", gives: 1, least: 12 },
  { title: "ENDED", align: "left", gives: 0, least: 0 },
  { title: "STATUS", align: "left", gives: 0, least: 0 },
  { title: "AT", align: "left", gives: 0, least: 0 },
];

const howWords = {
  self: "by itself",
  term: "after the first signal",
  kill: "by KILL",
  unknown: "not known",
} as const satisfies Record<Receipt["processes"][number]["how"], string>;

/** How an ended job ended, and what proves that nothing of it lives; at most `width` columns wide where that can be. */
export function receiptPage(receipt: Receipt, width: number | null, style: Style): string[] {
  const state = stateText(style, receipt.state);
  return [
    `${style.bold(`job ${receipt.jobId}`)}  ${state}${attemptWords(receipt)}`,
    ...fields(facts(receipt)).map((line) => `  ${line}`),
    ...phases(receipt),
    ...processes(receipt, width, style),
    ...unproven(receipt, style),
  ];
}

function attemptWords({ attempt, attemptNumber }: Receipt): string {
  return attempt === null ? "" : `  attempt ${attemptNumber ?? "?"} (${attempt})`;
}

function facts(receipt: Receipt): [string, string | null][] {
  const { outcome, output, ended, proof } = receipt;
  const cpu =
    receipt.cpuUserUs === null || receipt.cpuSystemUs === null
      ? null
      : `${seconds(receipt.cpuUserUs)} user, ${seconds(receipt.cpuSystemUs)} system`;
  return [
    ["exit", outcomeWords(outcome.code, outcome.signal)],
    ["reason", outcome.reason.replaceAll("_", " ")],
    ["proof", printable(proof.words)],
    ["containment", receipt.tier],
    ["processes", endedWords(ended)],
    [
      "leftovers",
      outcome.leftovers === 0 ? null : `${outcome.leftovers} when the main process ended`,
    ],
    ["CPU time", cpu],
    ["peak memory", sizeOrNull(receipt.memoryPeakBytes)],
    ["largest process", sizeOrNull(receipt.maxRssBytes)],
    [
      "killed for memory",
      receipt.oomKills === null || receipt.oomKills === 0 ? null : String(receipt.oomKills),
    ],
    ["output", sizeOrNull(output.stdoutBytes)],
    ["error output", sizeOrNull(output.stderrBytes)],
    [
      "log dropped",
      output.punchedBytes === null || output.punchedBytes === 0
        ? null
        : formatSize(output.punchedBytes),
    ],
    ["not applied", notApplied(receipt)],
  ];
}

/** `3 by themselves, 2 by KILL` */
function endedWords({ self, term, kill }: Receipt["ended"]): string | null {
  const counts: [number, string][] = [
    [self, self === 1 ? "by itself" : "by themselves"],
    [term, howWords.term],
    [kill, howWords.kill],
  ];
  const parts = counts.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`);
  return parts.length === 0 ? null : parts.join(", ");
}

function phases({ phases: rows }: Receipt): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const lines = rows.map(
    ({ name, atMs }) =>
      [name, `${timeOfDay(atMs)}  +${formatDuration(Math.max(0, atMs - first.atMs))}`] as const,
  );
  return [`  phases, from ${timestamp(first.atMs)}`, ...fields(lines).map((line) => `    ${line}`)];
}

function processes(receipt: Receipt, width: number | null, style: Style): string[] {
  if (receipt.processes.length === 0) return [];
  const rows = receipt.processes.map(({ pid, command, how, code, signal, atMs }) => [
    String(pid),
    printable(command),
    howWords[how],
    outcomeWords(code, signal) ?? "",
    atMs === null ? "" : timeOfDay(atMs),
  ]);
  const indent = "    ";
  const lines = table(
    processColumns,
    rows,
    width === null ? null : width - indent.length,
    (row, _column, text) => (row === -1 ? style.bold(text) : text),
  );
  const omitted =
    receipt.processesOmitted === 0
      ? []
      : [`${indent}and ${receipt.processesOmitted} more, not listed`];
  return ["  processes", ...lines.map((line) => indent + line), ...omitted];
}

function unproven({ unproven: gaps }: Receipt, style: Style): string[] {
  if (gaps.length === 0) return [];
  const lines = gaps.map(({ what, why }) => `    ${printable(what)}: ${printable(why)}`);
  return [style.yellow("  not proven"), ...lines];
}

function notApplied({ unapplied }: Receipt): string | null {
  if (unapplied.length === 0) return null;
  return unapplied.map(({ what, errno }) => `${printable(what)} (${printable(errno)})`).join(", ");
}

function outcomeWords(code: number | null, signal: number | null): string | null {
  if (signal !== null) return signalName(signal);
  return code === null ? null : `exit ${code}`;
}

function sizeOrNull(bytes: number | null): string | null {
  return bytes === null ? null : formatSize(bytes);
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(2)} s`;
}
