import type { FacetName } from "../doctor-facets.ts";
import type { Severity } from "../doctor-severities.ts";

/** A finding of the doctor, and what it does and does not mean. */
export interface VerdictDefinition {
  facet: FacetName;
  severity: Severity;
  /** What it reports. */
  means: string;
  /** The evidence that it needs. */
  needs: string;
  /** What is similar and is not reported. */
  not: string;
}
