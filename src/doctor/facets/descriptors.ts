import type { ProcessStat } from "../../processes/proc-stat.ts";
import { facet } from "../facet.ts";
import { membersOf } from "../members.ts";
import { counted } from "../../contract/counted.ts";
import { pidOf } from "../describe-process.ts";
import type { Machine } from "../machine.ts";
import { examinedJobs, type Scope } from "../scope.ts";

interface Use {
  pid: number;
  comm: string;
  start: number;
  open: number;
  limit: number;
}

interface Sample {
  machine: { open: number; limit: number } | null;
  processes: Use[];
  /** Processes whose descriptors this user may not count, or that have ended since. */
  hidden: number[];
}

// Limits the time spent on a job with thousands of processes.
const mostProcesses = 1000;

/** Descriptors in use on the machine and in each process of a job. */
export const descriptors = facet<Sample>({
  name: "descriptors",
  scope: "both",
  sampling: "ends",
  sample(scope) {
    const table = ofJobs(scope);
    const uses = table.map((one) => useOf(scope.machine, one));
    return {
      machine: ofMachine(scope.machine),
      processes: uses.flatMap((use) => (use === null ? [] : [use])),
      hidden: table.flatMap(({ pid }, index) => (uses[index] === null ? [pid] : [])),
    };
  },
  judge({ first, last }, chart, { job, thresholds }) {
    const { machine, processes, hidden } = last.value;
    if (machine === null) chart.missing("/proc/sys/fs/file-nr cannot be read");
    else {
      const percent = (machine.open * 100) / machine.limit;
      chart.figure("descriptors.used", "machine", percent);
      if (percent >= thresholds.descriptors_used)
        chart.finding({
          verdict: "few-descriptors",
          subject: "machine",
          message: `${machine.open} of the machine's ${machine.limit} open files are in use`,
          figure: percent,
          source: "/proc/sys/fs/file-nr",
          confidence: "proven",
          next: "sysctl fs.file-max",
        });
    }
    const denied = hidden.filter((pid) => first.value.hidden.includes(pid)).length;
    if (denied > 0)
      chart.missing(
        `this user may not count the descriptors of ${counted(denied, "process", "processes")}`,
      );
    const before = new Map(first.value.processes.map((one) => [`${one.pid}:${one.start}`, one]));
    let most = 0;
    for (const use of processes) {
      const percent = (use.open * 100) / use.limit;
      most = Math.max(most, percent);
      const earlier = before.get(`${use.pid}:${use.start}`);
      const then = earlier === undefined ? 0 : (earlier.open * 100) / earlier.limit;
      if (percent < thresholds.descriptors_used || then < thresholds.descriptors_used) continue;
      chart.finding({
        verdict: "few-descriptors",
        subject: `pid ${use.pid}`,
        message: `${pidOf(use)} has ${use.open} of at most ${use.limit} descriptors open`,
        figure: percent,
        source: `/proc/${use.pid}/fd, limits`,
        confidence: "proven",
        next: `ls -l /proc/${use.pid}/fd`,
      });
    }
    if (processes.length > 0) chart.figure("descriptors.used", job === null ? "jobs" : "job", most);
  },
});

function ofJobs(scope: Scope): ProcessStat[] {
  const { machine } = scope;
  const table = machine.processes();
  const members = membersOf(machine, examinedJobs(scope), table);
  return [...members.values()]
    .flat()
    .filter(({ state }) => state !== "Z")
    .slice(0, mostProcesses);
}

/** `1024 0 2097152`: in use, unused, limit. */
function ofMachine(machine: Machine): Sample["machine"] {
  const [open, , limit] = (machine.text("/proc/sys/fs/file-nr") ?? "").split(/\s+/).map(Number);
  return open === undefined || limit === undefined || limit === 0 ? null : { open, limit };
}

function useOf(machine: Machine, { pid, comm, start }: ProcessStat): Use | null {
  const names = machine.names(`/proc/${pid}/fd`);
  const limits = machine.text(`/proc/${pid}/limits`) ?? "";
  const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  if (names === null || limit === undefined) return null;
  return { pid, comm, start, open: names.length, limit: Number(limit) };
}
