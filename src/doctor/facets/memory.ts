import { formatSize } from "../../contract/units.ts";
import { counted } from "../../contract/counted.ts";
import { growth, shortestWindowMs, tooShort } from "../deltas.ts";
import { facet } from "../facet.ts";
import { groupsOf, lineIn } from "../groups.ts";
import type { Machine } from "../machine.ts";
import { examinedJobs, type KnownJob, type Scope } from "../scope.ts";
import { chartStalls, sampleStalls, type Stalls } from "../stalled-jobs.ts";

interface Sample extends Stalls {
  /** On the whole machine, cgroups included. Null: before Linux 4.13. */
  oomKills: number | null;
  /** In each job's cgroup. */
  oomKillsOf: Map<number, number | null>;
  availableBytes: number | null;
  totalBytes: number | null;
}

/** If more of the machine's memory than this is available, a cgroup's limit causes the pressure. */
const enoughPercent = 10;

/** Whether tasks wait for memory, and whether the kernel killed processes to free it. */
export const memory = facet<Sample>({
  name: "memory",
  scope: "both",
  sampling: "ends",
  sample(scope) {
    const { machine } = scope;
    return {
      ...sampleStalls(scope, "memory"),
      oomKills: lineIn(machine, "/proc/vmstat", "oom_kill"),
      oomKillsOf: new Map(examinedJobs(scope).map((one) => [one.id, killsOf(scope, one)])),
      availableBytes: kilobytesIn(machine, "MemAvailable"),
      totalBytes: kilobytesIn(machine, "MemTotal"),
    };
  },
  judge(seen, chart, { job, thresholds }) {
    const { availableBytes, totalBytes } = seen.last.value;
    const enough = ((availableBytes ?? 0) * 100) / (totalBytes ?? Infinity) >= enoughPercent;
    if (availableBytes !== null) chart.figure("memory.available", "machine", availableBytes);
    for (const { subject, source, some, full, evidence } of chartStalls(
      seen,
      chart,
      "memory",
      job,
    )) {
      const byFull = full >= thresholds.memory_full;
      if (!byFull && some < thresholds.memory_some) continue;
      chart.finding({
        verdict: "memory-contention",
        subject,
        message: byFull
          ? `all tasks waited for memory ${full.toFixed(0)} % of the time`
          : `some tasks waited for memory ${some.toFixed(0)} % of the time`,
        figure: byFull ? full : some,
        threshold: byFull ? thresholds.memory_full : thresholds.memory_some,
        source,
        confidence: subject === "machine" && enough ? "weak" : "likely",
        evidence: [
          ...evidence,
          ...(subject === "machine" && enough && availableBytes !== null
            ? [
                `${formatSize(availableBytes)} are available: a cgroup's limit is short, not the machine's memory`,
              ]
            : []),
        ],
        next:
          subject === "machine"
            ? "ps -eo pid,rss,args --sort=-rss"
            : `holdfast show ${subject.slice(4)}`,
      });
    }
    const kills = growth(seen, ({ oomKills }) => oomKills);
    if (kills === null)
      chart.missing(
        seen.tookMs < shortestWindowMs
          ? tooShort
          : "the kernel does not count the processes it kills for memory",
      );
    else chart.figure("memory.oom-kills", "machine", kills);
    const byJob = [...seen.last.value.oomKillsOf.keys()].flatMap((id) => {
      const killed = growth(seen, ({ oomKillsOf }) => oomKillsOf.get(id) ?? null) ?? 0;
      return killed === 0 ? [] : [{ id, killed }];
    });
    for (const { id, killed } of byJob)
      chart.finding({
        verdict: "oom-kill",
        subject: `job ${id}`,
        message: `out of memory: the kernel killed ${counted(killed, "process", "processes")} of job ${id} during the window`,
        figure: killed,
        source: "oom_kill of the job's cgroup",
        confidence: "proven",
        next: `holdfast show ${id}`,
      });
    const ofJobs = byJob.reduce((sum, { killed }) => sum + killed, 0);
    if (job === null && kills !== null && kills > ofJobs)
      chart.finding({
        verdict: "oom-kill",
        subject: "machine",
        message: `out of memory: the kernel killed ${counted(kills - ofJobs, "process", "processes")} during the window`,
        figure: kills - ofJobs,
        source: "/proc/vmstat, oom_kill",
        confidence: "proven",
        next: "dmesg --ctime | grep -i 'killed process'",
      });
  },
});

/** `MemAvailable:   24041000 kB`, in bytes. */
function kilobytesIn(machine: Machine, name: string): number | null {
  const text = machine.text("/proc/meminfo") ?? "";
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  return found === undefined ? null : Number(found) * 1024;
}

function killsOf({ machine }: Scope, { pid, attempt }: KnownJob): number | null {
  const { unified, v1 } = groupsOf(machine, pid ?? "self", attempt);
  const old = v1.get("memory");
  return old === undefined
    ? lineIn(machine, unified === null ? null : `${unified}/memory.events`, "oom_kill")
    : lineIn(machine, `${old}/memory.oom_control`, "oom_kill");
}
