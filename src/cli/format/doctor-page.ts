import { counted } from "../../contract/counted.ts";
import type { DoctorReport, DoctorVerdict } from "../../contract/doctor.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import type { Colour } from "./states.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { table, type Column } from "./table.ts";
import { withLocalTimes } from "./time.ts";

const columns: readonly Column[] = [
  { title: "FACET", align: "left", gives: false, least: 0 },
  { title: "MEASURED", align: "left", gives: false, least: 0 },
  { title: "FIGURES, OR WHY NOT", align: "left", gives: true, least: 20 },
];

/** Maximum number of measurements shown for a facet; --json has all. */
const mostFigures = 4;

const colours: Record<DoctorVerdict["severity"], Colour> = {
  critical: "red",
  warning: "yellow",
  info: "cyan",
};

/** A report for people: first what is wrong, then what was measured. */
export function doctorPage(report: DoctorReport, width: number | null, style: Style): string[] {
  const { summary, words, verdicts, facets, windowMs, samples, endedEarly, comparedWith } = report;
  const colour = summary === "healthy" ? "green" : summary === "problems" ? "red" : "yellow";
  const whose = report.jobId === null ? "the machine" : `job ${report.jobId}`;
  const compared = comparedWith === null ? "" : `, compared with ${comparedWith.name}`;
  const early = endedEarly ? ", ended early" : "";
  const rows = facets.map(({ facet, state, why, figures }) => [
    facet,
    stateWords[state],
    printable([...why, figureWords(figures)].filter((text) => text !== "").join("; ")),
  ]);
  const paint = (row: number, column: number, text: string) => {
    if (row < 0) return style.bold(text);
    const state = facets[row]?.state;
    return column === 1 && state !== "measured" && state !== "nothing there"
      ? style.yellow(text)
      : text;
  };
  return [
    `${style.bold(style[colour](words))}: ${whose}, ${counted(samples, "sample")} in ${formatDuration(windowMs)}${early}${compared}`,
    ...verdicts.flatMap((verdict) => [""].concat(verdictLines(verdict, style))),
    "",
    ...table(columns, rows, width, paint),
  ];
}

const stateWords = {
  measured: "yes",
  "partly measured": "in part",
  "not measured": "no",
  "nothing there": "none here",
} as const;

export function verdictLines(verdict: DoctorVerdict, style: Style): string[] {
  const { severity, words, confidence, evidence, next, source } = verdict;
  const { figure, threshold, unit, windowMs, samples } = verdict;
  const limit = threshold === 0 ? "" : `, threshold ${valueWords(threshold, unit)}`;
  const sampled =
    samples === 1 ? "one sample" : `${samples} samples in ${formatDuration(windowMs)}`;
  return [
    `${style.bold(style[colours[severity]](`${severity} ${verdict.verdict}`))}  ${printable(words)}`,
    `  ${valueWords(figure, unit)}${limit}; ${sampled}; ${confidence}; ${withLocalTimes(printable(source))}`,
    ...evidence.map((line) => `  ${withLocalTimes(printable(line))}`),
    `  next: ${printable(next)}`,
  ];
}

function figureWords(figures: DoctorReport["facets"][number]["figures"]): string {
  const shown = figures.slice(0, mostFigures).map(({ name, subject, value, unit }) => {
    const short = name.slice(name.indexOf(".") + 1);
    const whose = { machine: "", job: "job's " }[subject] ?? null;
    const of = whose === null ? `${short} of ${subject}` : `${whose}${short}`;
    return `${of} ${valueWords(value, unit)}`;
  });
  const more = figures.length - shown.length;
  return [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

function valueWords(value: number, unit: DoctorVerdict["unit"]): string {
  if (unit === "bytes") return formatSize(value);
  if (unit === "bytes/s") return `${formatSize(value)}/s`;
  if (unit === "ms") return Math.abs(value) < 1000 ? `${value}ms` : formatDuration(value);
  return unit === "count" ? String(value) : `${value} ${unit}`;
}
