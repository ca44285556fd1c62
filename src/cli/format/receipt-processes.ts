import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { signalName } from "./signals.ts";
import type { Style } from "./style.ts";
import { table, type Column } from "./table.ts";
import { timeBeside } from "./time.ts";

type Process = Receipt["processes"][number];

const columns: readonly Column[] = [
  { title: "PID", align: "right", gives: false, least: 0 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
  { title: "ENDED", align: "left", gives: false, least: 0 },
  { title: "STATUS", align: "left", gives: false, least: 0 },
  { title: "GONE BY", align: "left", gives: false, least: 0 },
  { title: "LAST SEEN", align: "left", gives: false, least: 0 },
];

const indent = "    ";
const sigkill = 9;

/** Every process of the job that is known, and what may be missing. */
export function receiptProcesses(receipt: Receipt, width: number | null, style: Style): string[] {
  const { processes, processesOmitted, processesMayLack = [] } = receipt;
  const besideMs = receipt.phases[0]?.atMs ?? null;
  const rows = processes.map((process) => [
    String(process.pid),
    printable(process.command),
    howWords(process),
    statusWords(process),
    process.atMs === null ? "unknown" : timeBeside(process.atMs, besideMs),
    lastSeen(process, besideMs),
  ]);
  const lines = [
    ...table(columns, rows, width === null ? null : width - indent.length, (row, _column, text) =>
      row === -1 ? style.bold(text) : text,
    ),
    ...(processesOmitted === 0 ? [] : [`and ${processesOmitted} more, not listed`]),
    ...whyUnknown(processes),
    ...processes.flatMap(stuckWords),
    ...processesMayLack.map((what) => `may be missing: ${printable(what)}`),
  ];
  if (processes.length === 0 && processesMayLack.length === 0) return [];
  const shown = processes.length === 0 ? lines.slice(1) : lines;
  return ["  processes", ...shown.map((line) => indent + line)];
}

/** `3 on their own, 2 by KILL` */
export function endedCounts({ self, term, kill, unknown = 0 }: Receipt["ended"]): string | null {
  const counts: [number, string][] = [
    [self, self === 1 ? "on its own" : "on their own"],
    [term, "after the first signal"],
    [kill, "by KILL"],
    [unknown, "not known how"],
  ];
  const parts = counts.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`);
  return parts.length === 0 ? null : parts.join(", ");
}

/** `SIGTERM`, `exit 3`; null where it is unknown. */
export function outcomeWords(code: number | null, signal: number | null): string | null {
  if (signal !== null) return signalName(signal);
  return code === null ? null : `exit ${code}`;
}

function howWords({ how, code, signal }: Process): string {
  if (how === "self") return "on its own";
  if (how === "term") return "after the first signal";
  if (how === "unknown") return "not known";
  // A pending first signal keeps its status although KILL followed.
  return code === null && (signal === null || signal === sigkill) ? "by KILL" : "after KILL";
}

function statusWords({ code, signal }: Process): string {
  return outcomeWords(code, signal) ?? "unknown";
}

function lastSeen({ aliveAtMs = null }: Process, besideMs: number | null): string {
  return aliveAtMs === null ? "" : timeBeside(aliveAtMs, besideMs);
}

/** One line for each reason. */
function whyUnknown(processes: readonly Process[]): string[] {
  const unknown = processes.filter(({ code, signal }) => code === null && signal === null);
  const reasons = Map.groupBy(unknown, ({ statusUnknown }) => statusUnknown ?? unrecorded);
  return [...reasons].map(([why, of]) => {
    const which = reasons.size === 1 ? "" : ` of ${of.map(({ pid }) => pid).join(", ")}`;
    return `status${which} unknown: ${printable(why)}`;
  });
}

const unrecorded = "the version that ended the job did not record why";

function stuckWords({ pid, command, stuck }: Process): string[] {
  if (stuck === undefined || stuck === null) return [];
  const { outlivedKillMs, state, waitChannel, frozenGroup } = stuck;
  const where = [
    `state ${printable(state)}`,
    ...(waitChannel === null ? [] : [`in the kernel at ${printable(waitChannel)}`]),
    ...(frozenGroup === null ? [] : [`frozen by the cgroup ${printable(frozenGroup)} (freezer)`]),
  ];
  return [
    `${printable(command)} ${pid} was stuck: it lived for at least ${formatDuration(outlivedKillMs)} after KILL, ${where.join(", ")}`,
  ];
}
