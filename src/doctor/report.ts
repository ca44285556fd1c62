import type { DoctorReport, DoctorVerdict, FacetReport } from "../contract/doctor.ts";
import { severities, type Severity } from "../contract/doctor-severities.ts";
import { doctorConfidences } from "../contract/doctor-verdicts.ts";

/** Sorts by severity, then confidence, then distance beyond the threshold. */
export function ranked(found: readonly DoctorVerdict[]): DoctorVerdict[] {
  const weight = ({ severity, confidence }: DoctorVerdict) =>
    severities.indexOf(severity) * 10 - doctorConfidences.indexOf(confidence);
  const excess = ({ figure, threshold }: DoctorVerdict) =>
    threshold === 0 ? 1 : Math.abs(figure / threshold - 1);
  return found.toSorted((a, b) => weight(b) - weight(a) || excess(b) - excess(a));
}

/** A report is "healthy" only if every facet was measured. */
export function summaryOf(
  verdicts: readonly DoctorVerdict[],
  facets: readonly FacetReport[],
): Pick<DoctorReport, "summary" | "worst" | "message"> {
  const unmeasured = facets.filter(({ state }) => state === "not measured").length;
  const partly = facets.filter(({ state }) => state === "partly measured").length;
  const worst = severities.findLast((one) => verdicts.some(({ severity }) => severity === one));
  const not = [
    ...(unmeasured === 0 ? [] : [`${facetCount(unmeasured)} not measured`]),
    ...(partly === 0 ? [] : [`${facetCount(partly)} only partly measured`]),
  ].join(", ");
  if (worst !== undefined && worst !== "info") {
    const kinds = (["critical", "warning", "info"] satisfies Severity[]).flatMap((severity) => {
      const number = verdicts.filter((one) => one.severity === severity).length;
      const many = severity === "warning" && number > 1 ? "s" : "";
      return number === 0 ? [] : [`${number} ${severity}${many}`];
    });
    return {
      summary: "problems",
      worst,
      message: [kinds.join(", "), not].filter(Boolean).join("; "),
    };
  }
  const explained = worst === "info" ? `, ${verdicts.length} info` : "";
  return not === ""
    ? { summary: "healthy", worst: worst ?? null, message: `healthy${explained}` }
    : {
        summary: "no problem found",
        worst: worst ?? null,
        message: `no problem found${explained}; ${not}`,
      };
}

function facetCount(number: number): string {
  return `${number} ${number === 1 ? "facet" : "facets"}`;
}
