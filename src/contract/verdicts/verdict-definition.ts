import type { FacetName } from "../doctor-facets.ts";
import type { Severity } from "../doctor-severities.ts";
import type { ThresholdName } from "../doctor-thresholds.ts";
import type { FigureUnit } from "../figure-units.ts";

/** A finding of the doctor, and what it does and does not mean. */
export interface VerdictDefinition {
  facet: FacetName;
  severity: Severity;
  /** What its figure is compared with, unless the finding names another: a setting, or a number. */
  threshold: ThresholdName | number;
  unit: FigureUnit;
  /** What it reports. */
  means: string;
  /** The evidence that it needs. */
  needs: string;
  /** What is similar and is not reported. */
  not: string;
}
