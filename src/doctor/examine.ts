import type { Baseline, DoctorReport } from "../contract/doctor.ts";
import { Chart } from "./chart.ts";
import { compare } from "./compare.ts";
import type { AnyFacet } from "./facet.ts";
import { ranked, summaryOf } from "./report.ts";
import type { Scope } from "./scope.ts";
import { wait } from "./wait.ts";

/** After this time the driver's list of holders and the kernel's pressure totals are up to date. */
const defaultStepMs = 2000;
const mostSteps = 30;

export interface Examination {
  scope: Scope;
  facets: readonly AnyFacet[];
  windowMs: number;
  baseline: Baseline | null;
  /** Called after each sample with the elapsed part of the window. */
  onSample?: (elapsedMs: number, windowMs: number) => void;
  /** Ends the window at once; the samples taken so far are judged. */
  signal?: AbortSignal | undefined;
}

/**
 * Samples each facet at both ends of the window (some also in between, some only once), then
 * judges.
 */
export async function examine(options: Examination): Promise<DoctorReport> {
  const { scope, windowMs, baseline, signal = new AbortController().signal } = options;
  const ended = () => signal.aborted;
  const { clock, job } = scope;
  const chosen = options.facets.filter(
    (one) => one.scope === "both" || (one.scope === "job") === (job !== null),
  );
  const watched = chosen.map((one) => ({ facet: one, watch: one.begin() }));
  const atMs = clock.nowMs();
  let beganMs = clock.monotonicMs();
  const elapsedMs = () => clock.monotonicMs() - beganMs;
  let samples = 0;
  const sample = async (which: "first" | "between" | "last") => {
    const asked = watched.filter(
      ({ facet }) =>
        which === "last" ||
        facet.sampling === "each" ||
        (which === "first" && facet.sampling === "ends"),
    );
    await Promise.all(asked.map(({ watch }) => watch.sample(scope)));
    samples += 1;
    options.onSample?.(Math.min(elapsedMs(), windowMs), windowMs);
  };

  await sample("first");
  // The window starts here, so that it has its full length for every facet however long the first
  // samples took.
  beganMs = clock.monotonicMs();
  const stepMs = Math.max(Math.min(defaultStepMs, windowMs), windowMs / mostSteps);
  for (let step = 1; !ended(); step += 1) {
    const nextMs = Math.min(step * stepMs, windowMs);
    // A timer may fire slightly early; the window must not be shorter than requested.
    while (!ended() && elapsedMs() < nextMs)
      await wait(clock, Math.ceil(nextMs - elapsedMs()), signal);
    if (nextMs >= windowMs) break;
    // Samples that became due during a slow sample are skipped.
    if (!ended() && elapsedMs() < (step + 1) * stepMs) await sample("between");
  }
  const tookMs = Math.round(elapsedMs());
  await sample("last");

  const reports = watched.map(({ facet, watch }) => {
    const chart = new Chart(scope.thresholds);
    const seen = watch.judge(chart, scope);
    return {
      report: chart.report(facet.name, seen.samples),
      verdicts: chart.verdicts(seen.tookMs, seen.samples),
    };
  });
  const facets = reports.map(({ report }) => report);
  const verdicts = reports.flatMap((one) => one.verdicts);
  if (baseline !== null) {
    const figures = facets.flatMap((one) => one.figures);
    const { findings, missing } = compare(figures, baseline, scope.thresholds);
    const chart = new Chart(scope.thresholds);
    for (const finding of findings) chart.finding(finding);
    verdicts.push(...chart.verdicts(tookMs, samples));
    const last = facets.at(-1);
    if (last !== undefined && missing.length > 0) {
      last.why.push(...missing);
      if (last.state !== "not measured") last.state = "partly measured";
    }
  }
  return {
    version: 1,
    atMs,
    windowMs: tookMs,
    samples,
    endedEarly: ended(),
    jobId: job?.id ?? null,
    ...summaryOf(verdicts, facets),
    verdicts: ranked(verdicts),
    facets,
    comparedWith: baseline === null ? null : { name: baseline.name, atMs: baseline.atMs },
  };
}
