import type { DoctorFigure, DoctorVerdict, FacetReport } from "../contract/doctor.ts";
import { verdicts, type FacetName, type VerdictName } from "../contract/doctor-verdicts.ts";
import { figures, type FigureName } from "./figures.ts";

/** What a facet says; the window, the samples and the severity are added to it. */
export type Finding = Pick<
  DoctorVerdict,
  "subject" | "words" | "figure" | "threshold" | "unit" | "source" | "next"
> & {
  verdict: VerdictName;
  /** `likely` where nothing is said. */
  confidence?: DoctorVerdict["confidence"];
  evidence?: string[];
};

/** Where a facet writes down what it measured and what follows from it. */
export class Chart {
  readonly #figures: DoctorFigure[] = [];
  readonly #findings: Finding[] = [];
  readonly #missing: string[] = [];
  #absent: string | null = null;

  figure(name: FigureName, subject: string, value: number): void {
    this.#figures.push({ name, subject, value: rounded(value), unit: figures[name].unit });
  }

  finding(finding: Finding): void {
    this.#findings.push(finding);
  }

  /** Something of this facet could not be measured: "healthy" is not said any more. */
  missing(why: string): void {
    if (!this.#missing.includes(why)) this.#missing.push(why);
  }

  /** It was looked for, and there is no such thing: that is measured. */
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
    return this.#findings.map(({ confidence = "likely", evidence = [], ...finding }) => ({
      ...finding,
      severity: verdicts[finding.verdict].severity,
      facet: verdicts[finding.verdict].facet,
      figure: rounded(finding.figure),
      threshold: rounded(finding.threshold),
      windowMs,
      samples,
      confidence,
      evidence,
    }));
  }
}

/** Nobody reads a third digit. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
