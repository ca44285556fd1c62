import { formatDuration } from "../../contract/units.ts";
import { facet } from "../facet.ts";
import { membersOf } from "../members.ts";
import type { Machine } from "../machine.ts";
import { counted } from "../../contract/counted.ts";
import { commandOf, pidOf } from "../process-words.ts";

/** A task in state D at one look. */
interface Waiting {
  pid: number;
  comm: string;
  start: number;
  /** How often it has left a CPU: unchanged, it has not run. Null: the kernel would not say. */
  switches: number | null;
  waitChannel: string | null;
  stack: string[] | null;
}

// Frozen (a paused job on version 1 groups), or a parent that waits for its vforked child: both are
// shown as D, and both end when they are asked to.
const harmless = /refrigerator|freezer|vfork|^kernel_clone$/;

const kernelThreads = 2;

/** Processes that hang in the kernel. */
export const stuck = facet<Waiting[]>({
  name: "stuck",
  scope: "both",
  looks: "each",
  async look({ machine, job }) {
    const table = machine.processes();
    const looked = job === null ? table : (membersOf(machine, [job], table).get(job.id) ?? []);
    const waiting = looked.filter(
      // A kernel thread may idle in this state.
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
    chart.figure("stuck.processes", job === null ? "machine" : "job", hung.length);
    if (hung.length === 0) return;
    if (tookMs < thresholds.stuck_for) {
      const which = counted(hung.length, "process in state D", "processes in state D");
      chart.missing(
        `${which}: whether that lasts takes a window of ${formatDuration(thresholds.stuck_for)}`,
      );
      return;
    }
    for (const one of hung) {
      if (one.waitChannel === null) {
        // It may be frozen on request, which looks the same from here.
        chart.missing(`${pidOf(one)} is in state D, and this user may not see what it waits for`);
        continue;
      }
      chart.finding({
        verdict: "stuck-process",
        subject: `pid ${one.pid}`,
        words: `${pidOf(one)} has hung in the kernel for ${formatDuration(tookMs)}; no signal ends it`,
        figure: tookMs,
        threshold: thresholds.stuck_for,
        unit: "ms",
        source: `/proc/${one.pid}/{stat,status,wchan,stack}`,
        confidence: one.switches === null ? "weak" : "proven",
        evidence: [
          `it waits in ${one.waitChannel} and has not run in ${all.length} looks`,
          ...(one.stack === null ? [] : [`kernel stack: ${one.stack.join(" < ")}`]),
        ],
        next: `holdfast who pid:${one.pid}`,
      });
    }
  },
});

/** Null where it is another user's: the kernel then says 0. */
function waitChannelOf(machine: Machine, pid: number): string | null {
  const text = machine.text(`/proc/${pid}/wchan`)?.trim() ?? "";
  return text === "" || text === "0" ? null : text;
}

function switchesOf(machine: Machine, pid: number): number | null {
  const status = machine.text(`/proc/${pid}/status`) ?? "";
  const counts = [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s+(\d+)$/gm)];
  return counts.length === 0 ? null : counts.reduce((sum, [, one]) => sum + Number(one), 0);
}
