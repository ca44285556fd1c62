import type { Baseline, DoctorReport } from "../contract/doctor.ts";
import { Chart } from "./chart.ts";
import { compare } from "./compare.ts";
import type { AnyFacet } from "./facet.ts";
import { ranked, summaryOf } from "./report.ts";
import type { Scope } from "./scope.ts";
import { wait } from "./wait.ts";

/** The driver's list of dead holders, and the kernel's pressure, are settled after this. */
const usualStepMs = 2000;
const mostSteps = 30;

export interface Examination {
  scope: Scope;
  facets: readonly AnyFacet[];
  windowMs: number;
  baseline: Baseline | null;
  /** Told after each look: how much of the window is over. */
  onLook?: (elapsedMs: number, windowMs: number) => void;
  /** Ends the window at once; what was measured until then is judged. */
  signal?: AbortSignal | undefined;
}

/** Looks at each facet at both ends of the window, at some also in between or only once, and judges. */
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
  let looks = 0;
  const look = async (which: "first" | "between" | "last") => {
    const asked = watched.filter(
      ({ facet }) =>
        which === "last" || facet.looks === "each" || (which === "first" && facet.looks === "ends"),
    );
    await Promise.all(asked.map(({ watch }) => watch.look(scope)));
    looks += 1;
    options.onLook?.(Math.min(elapsedMs(), windowMs), windowMs);
  };

  await look("first");
  // From here on: for no facet the window is shorter than it was asked for, however long this took.
  beganMs = clock.monotonicMs();
  const stepMs = Math.max(Math.min(usualStepMs, windowMs), windowMs / mostSteps);
  for (let step = 1; !ended(); step += 1) {
    const nextMs = Math.min(step * stepMs, windowMs);
    // A timer may fire a little early, and a window is never shorter than it was asked for.
    while (!ended() && elapsedMs() < nextMs)
      await wait(clock, Math.ceil(nextMs - elapsedMs()), signal);
    if (nextMs >= windowMs) break;
    // A slow look makes the next ones fall due: they are left out, not hurried through.
    if (!ended() && elapsedMs() < (step + 1) * stepMs) await look("between");
  }
  const tookMs = Math.round(elapsedMs());
  await look("last");

  const reports = watched.map(({ facet, watch }) => {
    const chart = new Chart();
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
    const chart = new Chart();
    for (const finding of findings) chart.finding(finding);
    verdicts.push(...chart.verdicts(tookMs, looks));
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
    samples: looks,
    endedEarly: ended(),
    jobId: job?.id ?? null,
    ...summaryOf(verdicts, facets),
    verdicts: ranked(verdicts),
    facets,
    comparedWith: baseline === null ? null : { name: baseline.name, atMs: baseline.atMs },
  };
}
