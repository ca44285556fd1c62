import type { Selftest } from "../../contract/selftest.ts";
import { formatDuration } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { fields, table, type Column } from "./table.ts";

const caseColumns: readonly Column[] = [
  { title: "ESCAPE", align: "left", gives: false, least: 0 },
  { title: "VERDICT", align: "left", gives: false, least: 0 },
  { title: "TOOK", align: "right", gives: false, least: 0 },
  { title: "HOW", align: "left", gives: true, least: 12 },
  { title: "WHAT IT TRIES", align: "left", gives: true, least: 12 },
];

const limitColumns: readonly Column[] = [
  { title: "LIMIT", align: "left", gives: false, least: 0 },
  { title: "VERDICT", align: "left", gives: false, least: 0 },
  { title: "BY", align: "left", gives: true, least: 12 },
  { title: "WHY", align: "left", gives: true, least: 12 },
];

const limitVerdicts = {
  bites: "enforced",
  "does not bite": "not enforced",
  "not known": "not known",
  "not tried": "not tried",
} as const satisfies Record<Selftest["limits"][number]["verdict"], string>;

/** What this machine can prove, for people. */
export function selftestPage(report: Selftest, width: number | null, style: Style): string[] {
  const { cases, limits } = report;
  const proven = cases.filter(({ verdict }) => verdict === "proven").length;
  const verdict = `${proven} of ${cases.length} escapes proven ended`;
  const caseRows = cases.map((one) => [
    one.name,
    one.verdict,
    formatDuration(one.tookMs),
    printable(one.words),
    one.what,
  ]);
  const paint = (row: number, column: number, text: string) => {
    if (row < 0) return style.bold(text);
    if (column !== 1) return text;
    return cases[row]?.verdict === "proven" ? style.green(text) : style.red(text);
  };
  const limitRows = limits.map(({ what, how, why, verdict: tried, words }) => [
    what,
    limitVerdicts[tried],
    how,
    printable([words, why].filter((part) => part !== null).join("; ")),
  ]);
  const paintLimit = (row: number, column: number, text: string) => {
    if (row < 0) return style.bold(text);
    if (column !== 1) return text;
    const tried = limits[row]?.verdict;
    return tried === undefined ? text : paintOf(tried, style)(text);
  };
  return [
    ...fields([
      ["selftest", report.passed ? style.green(verdict) : style.red(verdict)],
      ["containment", `${report.tier}: ${printable(report.tierWhy)}`],
      ["bystander", printable(report.bystander)],
    ]),
    "",
    ...table(caseColumns, caseRows, width, paint),
    ...(limitRows.length === 0 ? [] : ["", ...table(limitColumns, limitRows, width, paintLimit)]),
  ];
}

function paintOf(verdict: keyof typeof limitVerdicts, style: Style): (text: string) => string {
  if (limitVerdicts[verdict] === "enforced") return style.green;
  return limitVerdicts[verdict] === "not enforced" ? style.red : (text) => text;
}
