import type { DoctorFigure, DoctorVerdict, FacetReport } from "../contract/doctor.ts";
import { verdicts, type VerdictName } from "../contract/doctor-verdicts.ts";
import type { FacetName } from "../contract/doctor-facets.ts";
import type { Thresholds } from "../contract/doctor-thresholds.ts";
import { figures, type FigureName } from "./figures.ts";

/**
 * A verdict as a facet reports it. The window and the samples are added later, the rest from the
 * definition of the verdict.
 */
export type Finding = Pick<DoctorVerdict, "subject" | "message" | "figure" | "source" | "next"> & {
  verdict: VerdictName;
  /** Default: those of the verdict's definition. */
  threshold?: number;
  unit?: DoctorVerdict["unit"];
  /** Default: `likely`. */
  confidence?: DoctorVerdict["confidence"];
  evidence?: string[];
};

/** Collects what a facet measured and the findings that follow from it. */
export class Chart {
  readonly #figures: DoctorFigure[] = [];
  readonly #findings: Finding[] = [];
  readonly #missing: string[] = [];
  readonly #thresholds: Thresholds;
  #absent: string | null = null;

  constructor(thresholds: Thresholds) {
    this.#thresholds = thresholds;
  }

  figure(name: FigureName, subject: string, value: number): void {
    this.#figures.push({ name, subject, value: rounded(value), unit: figures[name].unit });
  }

  finding(finding: Finding): void {
    this.#findings.push(finding);
  }

  /** Part of this facet could not be measured, so the report cannot be "healthy". */
  missing(why: string): void {
    if (!this.#missing.includes(why)) this.#missing.push(why);
  }

  /** The thing does not exist on this machine, which counts as measured. */
  absent(why: string): void {
    this.#absent = why;
  }

  report(facet: FacetName, samples: number): FacetReport {
    const measured = this.#figures.length > 0 || this.#findings.length > 0;
    const state =
      this.#missing.length > 0
        ? measured
          ? "partly measured"
          : "not measured"
        : this.#absent !== null && !measured
          ? "nothing there"
          : "measured";
    const why = this.#absent === null ? this.#missing : [...this.#missing, this.#absent];
    return { facet, state, why, samples, figures: this.#figures };
  }

  verdicts(windowMs: number, samples: number): DoctorVerdict[] {
    return this.#findings.map(({ confidence = "likely", evidence = [], ...finding }) => {
      const { severity, facet, threshold, unit } = verdicts[finding.verdict];
      const defined = typeof threshold === "number" ? threshold : this.#thresholds[threshold];
      return {
        ...finding,
        severity,
        facet,
        figure: rounded(finding.figure),
        threshold: rounded(finding.threshold ?? defined),
        unit: finding.unit ?? unit,
        windowMs,
        samples,
        confidence,
        evidence,
      };
    });
  }
}

/** Keeps two decimals below 100 and none above: more is noise. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
