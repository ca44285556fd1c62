import type { Chart } from "./chart.ts";
import { shareOfWindow, shortestWindowMs, tooShort } from "./deltas.ts";
import type { Seen } from "./facet.ts";
import type { FigureName } from "./figures.ts";
import type { Machine } from "./machine.ts";

/** Stall time since boot in microseconds, and the kernel's own one-minute average in percent. */
export interface Pressure {
  someUs: number;
  fullUs: number;
  fullAvg60: number;
}

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=12`. Null: the kernel has no PSI for it. */
export function parsePressure(text: string | null): Pressure | null {
  const of = (kind: string) =>
    new RegExp(`^${kind} .*avg60=([\\d.]+) .*total=(\\d+)`, "m").exec(text ?? "");
  const some = of("some");
  if (some === null) return null;
  // Before Linux 5.13 there is no "full" line for the CPU.
  const full = of("full");
  return {
    someUs: Number(some[2]),
    fullUs: Number(full?.[2] ?? 0),
    fullAvg60: Number(full?.[1] ?? 0),
  };
}

export type PressureKind = "cpu" | "memory" | "io";

export function pressureOf(
  machine: Machine,
  kind: PressureKind,
  group: string | null,
): Pressure | null {
  const path = group === null ? `/proc/pressure/${kind}` : `${group}/${kind}.pressure`;
  return parsePressure(machine.text(path));
}

/** Adds both figures to the chart. Null: they were not measured; the chart has the reason. */
export function chartPressure<S>(
  seen: Seen<S>,
  chart: Chart,
  kind: PressureKind,
  subject: string,
  read: (value: S) => Pressure | null,
): { some: number; full: number } | null {
  const some = shareOfWindow(seen, (value) => read(value)?.someUs ?? null);
  const full = shareOfWindow(seen, (value) => read(value)?.fullUs ?? null);
  if (some === null || full === null) {
    chart.missing(
      seen.tookMs < shortestWindowMs
        ? tooShort
        : `the kernel reports no ${kind} pressure for ${subject === "job" ? "the job's cgroup" : "the machine"}`,
    );
    return null;
  }
  chart.figure(`${kind}.pressure-some` satisfies FigureName, subject, some);
  chart.figure(`${kind}.pressure-full` satisfies FigureName, subject, full);
  return { some, full };
}
