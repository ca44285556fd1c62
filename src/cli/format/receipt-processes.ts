import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration } from "../../contract/units.ts";
import { section, table, type Section, type Table } from "./page.ts";
import { signalName } from "./signals.ts";
import { timeBeside } from "./time.ts";

type Process = Receipt["processes"][number];

const sigkill = 9;

/** Every process of the job that is known, and what may be missing. */
export function receiptProcesses(receipt: Receipt): Section {
  const { processes, processesOmitted, processesMayLack = [] } = receipt;
  const isEmpty = processes.length === 0 && processesMayLack.length === 0;
  return section("processes", [
    ...(processes.length === 0 ? [] : [processTable(receipt)]),
    ...(isEmpty || processesOmitted === 0 ? [] : [`and ${processesOmitted} more, not listed`]),
    ...whyUnknown(processes),
    ...processes.flatMap(stuckMessage),
    ...processesMayLack.map((what) => `may be missing: ${what}`),
  ]);
}

function processTable({ processes, phases }: Receipt): Table {
  const besideMs = phases[0]?.atMs ?? null;
  return table<Process>(processes, [
    { title: "PID", align: "right", cell: ({ pid }) => String(pid) },
    { title: "COMMAND", least: 12, cell: ({ command }) => command },
    { title: "ENDED", cell: describeMethod },
    { title: "STATUS", cell: ({ code, signal }) => describeOutcome(code, signal) ?? "unknown" },
    {
      title: "GONE BY",
      cell: ({ atMs }) => (atMs === null ? "unknown" : timeBeside(atMs, besideMs)),
    },
    {
      title: "LAST SEEN",
      cell: ({ aliveAtMs = null }) => (aliveAtMs === null ? "" : timeBeside(aliveAtMs, besideMs)),
    },
  ]);
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
export function describeOutcome(code: number | null, signal: number | null): string | null {
  if (signal !== null) return signalName(signal);
  return code === null ? null : `exit ${code}`;
}

function describeMethod({ how, code, signal }: Process): string {
  if (how === "self") return "on its own";
  if (how === "term") return "after the first signal";
  if (how === "unknown") return "not known";
  // A pending first signal keeps its status although KILL followed.
  return code === null && (signal === null || signal === sigkill) ? "by KILL" : "after KILL";
}

/** One line for each reason. */
function whyUnknown(processes: readonly Process[]): string[] {
  const unknown = processes.filter(({ code, signal }) => code === null && signal === null);
  const reasons = Map.groupBy(unknown, ({ statusUnknown }) => statusUnknown ?? unrecorded);
  return [...reasons].map(([why, of]) => {
    const which = reasons.size === 1 ? "" : ` of ${of.map(({ pid }) => pid).join(", ")}`;
    return `status${which} unknown: ${why}`;
  });
}

const unrecorded = "the version that ended the job did not record why";

function stuckMessage({ pid, command, stuck }: Process): string[] {
  if (stuck === undefined || stuck === null) return [];
  const { outlivedKillMs, state, waitChannel, frozenGroup } = stuck;
  const where = [
    `state ${state}`,
    ...(waitChannel === null ? [] : [`in the kernel at ${waitChannel}`]),
    ...(frozenGroup === null ? [] : [`frozen by the cgroup ${frozenGroup} (freezer)`]),
  ];
  return [
    `${command} ${pid} was stuck: it lived for at least ${formatDuration(outlivedKillMs)} after KILL, ${where.join(", ")}`,
  ];
}
