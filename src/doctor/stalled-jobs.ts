import type { Chart } from "./chart.ts";
import { shareOfWindow } from "./deltas.ts";
import type { Seen } from "./facet.ts";
import { groupsOf } from "./groups.ts";
import { chartPressure, pressureOf, type Pressure, type PressureKind } from "./pressure.ts";
import { examinedJobs, type KnownJob, type Scope } from "./scope.ts";

/** Pressure of the machine and of every examined job, by number. */
export interface Stalls {
  machine: Pressure | null;
  jobs: Map<number, Pressure | null>;
}

export function sampleStalls(scope: Scope, kind: PressureKind): Stalls {
  const { machine } = scope;
  const of = ({ pid, attempt }: KnownJob) => {
    const { unified } = groupsOf(machine, pid ?? "self", attempt);
    return unified === null ? null : pressureOf(machine, kind, unified);
  };
  return {
    machine: pressureOf(machine, kind, null),
    jobs: new Map(examinedJobs(scope).map((one) => [one.id, of(one)])),
  };
}

export interface Stalled {
  /** `machine` or `job 4`. */
  subject: string;
  source: string;
  some: number;
  full: number;
  /** The kernel's own average over the last minute. */
  fullAvg60: number;
  evidence: string[];
}

/**
 * Adds the figures to the chart. For the whole machine the evidence names the jobs that waited
 * most, and each job is also returned separately.
 */
export function chartStalls<S extends Stalls>(
  seen: Seen<S>,
  chart: Chart,
  kind: PressureKind,
  job: KnownJob | null,
): Stalled[] {
  const found: Stalled[] = [];
  const take = (
    name: "machine" | "job",
    source: string,
    read: (value: S) => Pressure | null,
    evidence: string[],
  ) => {
    const pressure = chartPressure(seen, chart, kind, name, read);
    if (pressure === null) return;
    const subject = name === "job" ? `job ${job?.id}` : name;
    const { fullAvg60 = 0 } = read(seen.last.value) ?? {};
    found.push({ subject, source, ...pressure, fullAvg60, evidence });
  };
  take("machine", `/proc/pressure/${kind}`, ({ machine }) => machine, mostStalled(seen));
  if (job === null) found.push(...ofEachJob(seen, kind));
  else
    take("job", `${kind}.pressure of the job's cgroup`, ({ jobs }) => jobs.get(job.id) ?? null, []);
  return found;
}

/** Without figures, because the machine's baseline was recorded with other jobs. */
function ofEachJob<S extends Stalls>(seen: Seen<S>, kind: PressureKind): Stalled[] {
  return [...seen.last.value.jobs].flatMap(([id, last]) => {
    const of = (which: "someUs" | "fullUs") =>
      shareOfWindow(seen, ({ jobs }) => jobs.get(id)?.[which] ?? null);
    const [some, full] = [of("someUs"), of("fullUs")];
    if (some === null || full === null || last === null) return [];
    const source = `${kind}.pressure of the job's cgroup`;
    const { fullAvg60 } = last;
    return [{ subject: `job ${id}`, source, some, full, fullAvg60, evidence: [] }];
  });
}

function mostStalled<S extends Stalls>(seen: Seen<S>): string[] {
  return [...seen.last.value.jobs.keys()]
    .flatMap((id) => {
      const percent = shareOfWindow(seen, ({ jobs }) => jobs.get(id)?.fullUs ?? null);
      return percent === null || percent < 1 ? [] : [{ id, percent }];
    })
    .toSorted((a, b) => b.percent - a.percent)
    .slice(0, 3)
    .map(({ id, percent }) => `all tasks of job ${id} waited ${percent.toFixed(0)} % of the time`);
}
