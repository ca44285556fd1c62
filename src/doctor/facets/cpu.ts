import type { ProcessStat } from "../../processes/proc-stat.ts";
import { growth, shortestWindowMs, tooShort } from "../deltas.ts";
import { facet, type Seen } from "../facet.ts";
import { groupsOf, lineIn } from "../groups.ts";
import { chartPressure, pressureOf, type Pressure } from "../pressure.ts";
import { commandOf, pidOf } from "../describe-process.ts";
import { examinedJobs, type KnownJob, type Scope } from "../scope.ts";

/** The counters of a group with a quota. */
interface Quota {
  periods: number;
  throttled: number;
}

interface Sample {
  machine: Pressure | null;
  times: { total: number; idle: number; stolen: number } | null;
  /** By job number: the examined job, or every job. */
  jobs: Map<number, { pressure: Pressure | null; quota: Quota | null }>;
  table: ProcessStat[];
  /** Read on demand: for three processes, after the last sample. */
  commandOf: (process: ProcessStat) => string;
}

/** Whether tasks wait for a CPU, and whether other tasks, a quota or the host cause it. */
export const cpu = facet<Sample>({
  name: "cpu",
  scope: "both",
  sampling: "ends",
  sample(scope) {
    const { machine } = scope;
    return {
      machine: pressureOf(machine, "cpu", null),
      times: cpuTimes(machine.text("/proc/stat")),
      jobs: new Map(examinedJobs(scope).map((one) => [one.id, sampleJob(scope, one)])),
      table: machine.processes(),
      commandOf: (process) => commandOf(machine, process),
    };
  },
  judge(seen, chart, { job, thresholds }) {
    // Without a tick of any CPU, the window was too short to compute shares.
    const total = growth(seen, ({ times }) => times?.total ?? null) || null;
    const idle = growth(seen, ({ times }) => times?.idle ?? null);
    const stolen = growth(seen, ({ times }) => times?.stolen ?? null);
    const idlePercent = total === null || idle === null ? null : (idle * 100) / total;
    if (idlePercent === null)
      chart.missing(seen.tookMs < shortestWindowMs ? tooShort : "/proc/stat has no CPU times");
    else chart.figure("cpu.busy", "machine", 100 - idlePercent);
    if (total !== null && stolen !== null) {
      const percent = (stolen * 100) / total;
      chart.figure("cpu.stolen", "machine", percent);
      if (percent >= thresholds.cpu_stolen)
        chart.finding({
          verdict: "cpu-stolen",
          subject: "machine",
          message: `the host withheld ${percent.toFixed(0)} % of this machine's CPU time`,
          figure: percent,
          source: "/proc/stat, steal",
          confidence: "proven",
          next: "vmstat 1 5",
        });
    }
    let limited = false;
    for (const id of seen.last.value.jobs.keys()) {
      const percent = throttledShare(seen, id);
      if (percent === null) continue;
      const subject = job === null ? `job ${id}` : "job";
      chart.figure("cpu.throttled", subject, percent);
      if (percent < thresholds.cpu_throttled) continue;
      limited = true;
      chart.finding({
        verdict: "cpu-quota",
        subject: `job ${id}`,
        message: `job ${id} was stopped by its CPU limit in ${percent.toFixed(0)} % of the quota periods`,
        figure: percent,
        source: "cpu.stat, nr_throttled of nr_periods",
        confidence: "proven",
        next: `holdfast show ${id}`,
      });
    }
    const scopes = [
      { subject: "machine", read: (value: Sample) => value.machine },
      ...(job === null
        ? []
        : [{ subject: "job", read: (value: Sample) => value.jobs.get(job.id)?.pressure ?? null }]),
    ];
    for (const { subject, read } of scopes) {
      const pressure = chartPressure(seen, chart, "cpu", subject, read);
      if (pressure === null || pressure.some < thresholds.cpu_pressure) continue;
      const held = idlePercent !== null && idlePercent >= thresholds.cpu_idle;
      // PSI counts a task stopped by its own limit as waiting, also for the machine. With idle
      // CPUs, and for the job itself, the limit explains the pressure.
      if (limited && (held || subject === "job")) continue;
      chart.finding({
        verdict: held ? "cpu-held-back" : "cpu-contention",
        subject: subject === "job" ? `job ${job?.id}` : subject,
        message: held
          ? `tasks waited for a CPU ${pressure.some.toFixed(0)} % of the time while ${idlePercent.toFixed(0)} % of the CPUs were idle`
          : `tasks waited for a CPU ${pressure.some.toFixed(0)} % of the time`,
        figure: pressure.some,
        source: subject === "job" ? "cpu.pressure of the job's cgroup" : "/proc/pressure/cpu",
        confidence: limited ? "weak" : "likely",
        evidence: [
          ...(limited ? ["part of this comes from jobs stopped by their own CPU limit"] : []),
          ...busiest(seen),
        ],
        next: held ? "holdfast ls --state running" : "ps -eo pid,pcpu,nice,args --sort=-pcpu",
      });
    }
  },
});

function sampleJob({ machine }: Scope, { pid, attempt }: KnownJob) {
  const groups = groupsOf(machine, pid ?? "self", attempt);
  const stat = groups.v1.get("cpu") ?? groups.unified;
  const path = stat === null ? null : `${stat}/cpu.stat`;
  const periods = lineIn(machine, path, "nr_periods");
  const throttled = lineIn(machine, path, "nr_throttled");
  return {
    pressure: groups.unified === null ? null : pressureOf(machine, "cpu", groups.unified),
    quota: periods === null || throttled === null ? null : { periods, throttled },
  };
}

/** Null for a group without a quota: it has no periods. */
function throttledShare(seen: Seen<Sample>, id: number): number | null {
  const periods = growth(seen, ({ jobs }) => jobs.get(id)?.quota?.periods ?? null);
  const throttled = growth(seen, ({ jobs }) => jobs.get(id)?.quota?.throttled ?? null);
  return periods === null || throttled === null || periods === 0
    ? null
    : (throttled * 100) / periods;
}

/** The first line of `/proc/stat`: user nice system idle iowait irq softirq steal guest guest_nice. */
function cpuTimes(text: string | null): Sample["times"] {
  const line = /^cpu +(.+)$/m.exec(text ?? "")?.[1];
  if (line === undefined) return null;
  const ticks = line.split(" ").map(Number);
  const at = (index: number) => ticks[index] ?? 0;
  // The times of user and nice already include guest time.
  const total = ticks.slice(0, 8).reduce((sum, one) => sum + one, 0);
  return { total, idle: at(3) + at(4), stolen: at(7) };
}

/** The three processes that used the most CPU time in the window. */
function busiest({ first, last, tookMs }: Seen<Sample>): string[] {
  const before = new Map(first.value.table.map((one) => [one.pid, one]));
  return last.value.table
    .map((one) => {
      const earlier = before.get(one.pid);
      const ticks = earlier?.start === one.start ? one.cpuTicks - earlier.cpuTicks : one.cpuTicks;
      // USER_HZ is 100: a tick is 10 ms.
      return { one, percent: (ticks * 10 * 100) / tookMs };
    })
    .filter(({ percent }) => percent >= 5)
    .toSorted((a, b) => b.percent - a.percent)
    .slice(0, 3)
    .map(
      ({ one, percent }) =>
        `${pidOf({ pid: one.pid, comm: last.value.commandOf(one) })} used ${percent.toFixed(0)} % of a CPU`,
    );
}
