import { formatDuration } from "../../contract/units.ts";
import { facet } from "../facet.ts";
import { membersOf } from "../members.ts";
import type { Machine } from "../machine.ts";
import { counted } from "../../contract/counted.ts";
import { commandOf, pidOf } from "../describe-process.ts";
import { examined } from "../scope.ts";

/** A process in state D in one sample. */
interface Waiting {
  pid: number;
  comm: string;
  start: number;
  /** Context switches so far; if unchanged, it has not run. Null: not readable. */
  switches: number | null;
  waitChannel: string | null;
  stack: string[] | null;
}

// A frozen process (a paused job on cgroup v1) and a parent that waits for its vforked child are in
// state D too, but both end when asked to.
const harmless = /refrigerator|freezer|vfork|^kernel_clone$/;

const kernelThreads = 2;

/** Processes that hang in the kernel. */
export const stuck = facet<Waiting[]>({
  name: "stuck",
  scope: "both",
  sampling: "each",
  async sample({ machine, job }) {
    const table = machine.processes();
    const candidates = job === null ? table : (membersOf(machine, [job], table).get(job.id) ?? []);
    const waiting = candidates.filter(
      // Kernel threads may idle in this state.
      ({ pid, ppid, state }) =>
        state === "D" && pid !== kernelThreads && ppid !== kernelThreads && !machine.isFrozen(pid),
    );
    return Promise.all(
      waiting.map(async ({ pid, comm, start }) => ({
        pid,
        comm: commandOf(machine, { pid, comm }),
        start,
        switches: switchesOf(machine, pid),
        waitChannel: waitChannelOf(machine, pid),
        stack: await machine.stack(pid),
      })),
    );
  },
  judge({ all, last, tookMs }, chart, { job, thresholds }) {
    const hung = last.value.filter(
      (one) =>
        !harmless.test(one.waitChannel ?? "") &&
        all.every(({ value }) =>
          value.some(
            ({ pid, start, switches }) =>
              pid === one.pid && start === one.start && switches === one.switches,
          ),
        ),
    );
    chart.figure("stuck.processes", examined(job), hung.length);
    if (hung.length === 0) return;
    if (tookMs < thresholds.stuck_for) {
      const which = counted(hung.length, "process in state D", "processes in state D");
      chart.missing(
        `${which}: a window of ${formatDuration(thresholds.stuck_for)} is needed to confirm that they are stuck`,
      );
      return;
    }
    for (const one of hung) {
      if (one.waitChannel === null) {
        // It may have been frozen on request; the two cannot be distinguished here.
        chart.missing(`${pidOf(one)} is in state D, but this user may not see what it waits for`);
        continue;
      }
      chart.finding({
        verdict: "stuck-process",
        subject: `pid ${one.pid}`,
        message: `${pidOf(one)} has hung in the kernel for ${formatDuration(tookMs)}; no signal ends it`,
        figure: tookMs,
        source: `/proc/${one.pid}/{stat,status,wchan,stack}`,
        confidence: one.switches === null ? "weak" : "proven",
        evidence: [
          `it waits in ${one.waitChannel} and did not run between ${all.length} samples`,
          ...(one.stack === null ? [] : [`kernel stack: ${one.stack.join(" < ")}`]),
        ],
        next: `holdfast holders pid:${one.pid}`,
      });
    }
  },
});

/** Null for another user's process: the kernel then reports 0. */
function waitChannelOf(machine: Machine, pid: number): string | null {
  const text = machine.text(`/proc/${pid}/wchan`)?.trim() ?? "";
  return text === "" || text === "0" ? null : text;
}

function switchesOf(machine: Machine, pid: number): number | null {
  const status = machine.text(`/proc/${pid}/status`) ?? "";
  const counts = [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm)];
  return counts.length === 0 ? null : counts.reduce((sum, [, one]) => sum + Number(one), 0);
}
