import type { FacetName } from "../contract/doctor-facets.ts";
import type { Chart } from "./chart.ts";
import type { Scope } from "./scope.ts";

/** One sample of a facet. */
export interface TimedSample<S> {
  /** Monotonic clock. */
  atMs: number;
  /** Wall clock, UTC. */
  wallMs: number;
  value: S;
}

/** All samples of the window: at least two, or the only one of a facet that is sampled once. */
export interface Seen<S> {
  first: TimedSample<S>;
  last: TimedSample<S>;
  all: readonly TimedSample<S>[];
  tookMs: number;
}

/**
 * One thing that the doctor measures. To add one: a file in facets/ that exports one, its name in
 * contract/doctor-facets.ts, its verdicts in contract/verdicts/, its figures in figures.ts, and a
 * line in facets.ts.
 */
export interface Facet<S> {
  name: FacetName;
  /** What the facet applies to; `job`: only to a single job. */
  scope: "machine" | "job" | "both";
  /**
   * When it is sampled. `ends`: more samples would not help, or cost too much. `last`: one sample
   * is enough, and expensive.
   */
  sampling: "each" | "ends" | "last";
  /** Reads without judging. If it throws, the facet is not measured. */
  sample(scope: Scope): S | Promise<S>;
  /** Pure. */
  judge(seen: Seen<S>, chart: Chart, scope: JudgedScope): void;
}

/** What a judgement may depend on, apart from the samples. */
export type JudgedScope = Pick<Scope, "job" | "jobs" | "ports" | "thresholds" | "metricsUrl">;

/** A facet with its sample type hidden. */
export interface AnyFacet {
  name: FacetName;
  scope: Facet<unknown>["scope"];
  sampling: Facet<unknown>["sampling"];
  begin(): Watched;
}

/** One facet during one examination. */
export interface Watched {
  sample(scope: Scope): Promise<void>;
  judge(chart: Chart, scope: JudgedScope): { samples: number; tookMs: number };
}

export function facet<S>(definition: Facet<S>): AnyFacet {
  const { name, scope, sampling } = definition;
  return {
    name,
    scope,
    sampling,
    begin() {
      const all: TimedSample<S>[] = [];
      let failure: string | null = null;
      return {
        async sample(of) {
          // After a failure nothing more is read: what failed may hang next.
          if (failure !== null) return;
          const [atMs, wallMs] = [of.clock.monotonicMs(), of.clock.nowMs()];
          try {
            all.push({ atMs, wallMs, value: await definition.sample(of) });
          } catch (error) {
            failure = error instanceof Error ? error.message : String(error);
          }
        },
        judge(chart, of) {
          const [first, last] = [all[0], all.at(-1)];
          const tookMs = Math.round((last?.atMs ?? 0) - (first?.atMs ?? 0));
          if (failure !== null) chart.missing(`it could not be read: ${failure}`);
          else if (first === undefined || last === undefined)
            chart.missing("the window ended before the first sample");
          else if (first === last && sampling !== "last")
            chart.missing("the window ended before the second sample");
          else definition.judge({ first, last, all, tookMs }, chart, of);
          return { samples: all.length, tookMs };
        },
      };
    },
  };
}
