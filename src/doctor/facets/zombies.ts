import type { ProcessStat } from "../../processes/proc-stat.ts";
import { facet } from "../facet.ts";
import { membersOf } from "../members.ts";
import { counted } from "../../contract/counted.ts";
import { commandOf, pidOf } from "../describe-process.ts";
import { examined } from "../scope.ts";

interface Zombie {
  pid: number;
  start: number;
  parent: Pick<ProcessStat, "pid" | "comm">;
}

/** Processes that have ended and are not reaped by their parents. */
export const zombies = facet<Zombie[]>({
  name: "zombies",
  scope: "both",
  sampling: "ends",
  sample({ machine, job }) {
    const table = machine.processes();
    const byPid = new Map(table.map((one) => [one.pid, one]));
    // A zombie may have left its group; its parent has not.
    const own = job === null ? null : [...membersOf(machine, [job], table).values()].flat();
    const members = own === null ? null : new Set(own.map(({ pid }) => pid));
    return table
      .filter(({ state, threads }) => state === "Z" && threads <= 1)
      .filter(({ pid, ppid }) => members === null || members.has(pid) || members.has(ppid))
      .map(({ pid, start, ppid }) => ({
        pid,
        start,
        parent: {
          pid: ppid,
          comm: commandOf(machine, byPid.get(ppid) ?? { pid: ppid, comm: "?" }),
        },
      }));
  },
  judge({ first, last }, chart, { job, thresholds }) {
    const before = new Set(first.value.map(({ pid, start }) => `${pid}:${start}`));
    const lasting = last.value.filter(({ pid, start }) => before.has(`${pid}:${start}`));
    chart.figure("zombies.lasting", examined(job), lasting.length);
    if (lasting.length < thresholds.zombies) return;
    const byParent = Map.groupBy(lasting, ({ parent }) => pidOf(parent));
    const parents = [...byParent].toSorted(([, a], [, b]) => b.length - a.length).slice(0, 3);
    chart.finding({
      verdict: "zombies",
      subject: job === null ? "machine" : `job ${job.id}`,
      message: `${counted(lasting.length, "ended process has", "ended processes have")} not been reaped`,
      figure: lasting.length,
      source: "/proc/PID/stat, state Z",
      confidence: "proven",
      evidence: parents.map(([parent, of]) => `${of.length} are children of ${parent}`),
      next: `holdfast holders pid:${parents[0]?.[1][0]?.parent.pid ?? 1}`,
    });
  },
});
