import type { Baseline, DoctorFigure } from "../contract/doctor.ts";
import type { Thresholds } from "../contract/doctor-thresholds.ts";
import type { Finding } from "./chart.ts";
import { definitionOf } from "./figures.ts";

/**
 * Compares each figure with the same figure of a recorded good run. Shares are not computed if the
 * figure was 0 in that run. A figure that was not measured now is reported as missing.
 */
export function compare(
  now: readonly DoctorFigure[],
  baseline: Baseline,
  thresholds: Thresholds,
): { findings: Finding[]; missing: string[] } {
  const findings: Finding[] = [];
  const missing: string[] = [];
  for (const then of baseline.figures) {
    const worse = definitionOf(then.name)?.worse;
    if (worse === undefined) continue;
    const figure = now.find(({ name, subject }) => name === then.name && subject === then.subject);
    if (figure === undefined) {
      missing.push(`${then.name} of ${then.subject} is in the baseline but was not measured now`);
      continue;
    }
    const tolerance = thresholds[worse.than];
    const limit = limitOf(then.value, worse.by, tolerance);
    const beyond = worse.by === "share less" ? figure.value < limit : figure.value > limit;
    if (!beyond || (worse.by !== "points more" && then.value === 0)) continue;
    findings.push({
      verdict: "worse-than-baseline",
      subject: `${then.name} of ${then.subject}`,
      message: `${then.name} of ${then.subject} is ${figure.value} ${figure.unit}; in the baseline ${baseline.name} it was ${then.value}`,
      figure: figure.value,
      threshold: limit,
      unit: figure.unit,
      source: `baseline ${baseline.name} of ${new Date(baseline.atMs).toISOString()}`,
      evidence: [`${worse.by}, ${worse.than} is ${tolerance}`],
      next: "holdfast doctor --window 60s",
    });
  }
  return { findings, missing };
}

function limitOf(then: number, by: string, tolerance: number): number {
  if (by === "points more") return then + tolerance;
  return then * (1 + (by === "share more" ? tolerance : -tolerance) / 100);
}
