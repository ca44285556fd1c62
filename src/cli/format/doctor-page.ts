import { counted } from "../../contract/counted.ts";
import type { DoctorAlert, DoctorReport, DoctorVerdict } from "../../contract/doctor.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import {
  painted,
  section,
  table,
  warning,
  type Column,
  type Page,
  type Section,
  type Span,
} from "./page.ts";
import type { Colour } from "./colours.ts";
import { timestamp, withLocalTimes } from "./time.ts";

type Facet = DoctorReport["facets"][number];

const columns: readonly Column<Facet>[] = [
  { title: "FACET", cell: ({ facet }) => facet },
  { title: "MEASURED", cell: ({ state }) => measured[state] },
  {
    title: "FIGURES, OR WHY NOT",
    least: 20,
    cell: ({ why, figures }) =>
      [...why, describeFigure(figures)].filter((text) => text !== "").join("; "),
  },
];

const measured = {
  measured: "yes",
  "partly measured": warning("in part"),
  "not measured": warning("no"),
  "nothing there": "none here",
} as const satisfies Record<Facet["state"], Span>;

/** Maximum number of measurements shown for a facet; --json has all. */
const mostFigures = 4;

const colours: Record<DoctorVerdict["severity"], Colour> = {
  critical: "red",
  warning: "yellow",
  info: "cyan",
};

/** A report for people: first what is wrong, then what was measured. */
export function doctorPage(report: DoctorReport): Page {
  const { summary, message, verdicts, facets, windowMs, samples, endedEarly, comparedWith } =
    report;
  const colour = summary === "healthy" ? "green" : summary === "problems" ? "red" : "yellow";
  const whose = report.jobId === null ? "the machine" : `job ${report.jobId}`;
  const compared = comparedWith === null ? "" : `, compared with ${comparedWith.name}`;
  const early = endedEarly ? ", ended early" : "";
  const sampled = `${counted(samples, "sample")} in ${formatDuration(windowMs)}`;
  return [
    [painted(message, "bold", colour), `: ${whose}, ${sampled}${early}${compared}`],
    ...verdicts.flatMap((verdict) => ["", verdictSection(verdict)]),
    "",
    table(facets, columns),
  ];
}

/** A raised alert with its evidence; of a cleared one only what it was. */
export function alertPage({ event, atMs, verdict }: DoctorAlert): Page {
  const { head, body } = verdictSection(verdict, `${timestamp(atMs)} ${event}: `);
  return event === "raised" ? [section(head, body)] : [head];
}

function verdictSection(verdict: DoctorVerdict, prefix = ""): Section {
  const { severity, message, confidence, evidence, next, source } = verdict;
  const { figure, threshold, unit, windowMs, samples } = verdict;
  const limit = threshold === 0 ? "" : `, threshold ${describeValue(threshold, unit)}`;
  const sampled =
    samples === 1 ? "one sample" : `${samples} samples in ${formatDuration(windowMs)}`;
  return section(
    [prefix, painted(`${severity} ${verdict.verdict}`, "bold", colours[severity]), `  ${message}`],
    [
      `${describeValue(figure, unit)}${limit}; ${sampled}; ${confidence}; ${withLocalTimes(source)}`,
      ...evidence.map(withLocalTimes),
      `next: ${next}`,
    ],
  );
}

function describeFigure(figures: Facet["figures"]): string {
  const shown = figures.slice(0, mostFigures).map(({ name, subject, value, unit }) => {
    const short = name.slice(name.indexOf(".") + 1);
    const whose = { machine: "", job: "job's " }[subject] ?? null;
    const of = whose === null ? `${short} of ${subject}` : `${whose}${short}`;
    return `${of} ${describeValue(value, unit)}`;
  });
  const more = figures.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function describeValue(value: number, unit: DoctorVerdict["unit"]): string {
  if (unit === "bytes") return formatSize(value);
  if (unit === "bytes/s") return `${formatSize(value)}/s`;
  if (unit === "ms") return Math.abs(value) < 1000 ? `${value}ms` : formatDuration(value);
  return unit === "count" ? String(value) : `${value} ${unit}`;
}
