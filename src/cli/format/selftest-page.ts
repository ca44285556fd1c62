import type { Selftest } from "../../contract/selftest.ts";
import { formatDuration } from "../../contract/units.ts";
import { facts, painted, table, type Column, type Page, type Span } from "./page.ts";

type Case = Selftest["cases"][number];
type Limit = Selftest["limits"][number];

const caseColumns: readonly Column<Case>[] = [
  { title: "ESCAPE", cell: ({ name }) => name },
  {
    title: "VERDICT",
    cell: ({ verdict }) => painted(verdict, verdict === "proven" ? "green" : "red"),
  },
  { title: "TOOK", align: "right", cell: ({ tookMs }) => formatDuration(tookMs) },
  { title: "HOW", least: 12, cell: ({ message }) => message },
  { title: "WHAT IT TRIES", least: 12, cell: ({ what }) => what },
];

const limitColumns: readonly Column<Limit>[] = [
  { title: "LIMIT", cell: ({ what }) => what },
  { title: "VERDICT", cell: ({ verdict }) => limitVerdicts[verdict] },
  { title: "BY", least: 12, cell: ({ how }) => how },
  {
    title: "WHY",
    least: 12,
    cell: ({ message, why }) => [message, why].filter((part) => part !== null).join("; "),
  },
];

const limitVerdicts = {
  enforced: painted("enforced", "green"),
  "not enforced": painted("not enforced", "red"),
  "not known": "not known",
  "not tried": "not tried",
} as const satisfies Record<Limit["verdict"], Span>;

/** What this machine can prove, for people. */
export function selftestPage({ cases, limits, passed, tier, tierWhy, bystander }: Selftest): Page {
  const proven = cases.filter(({ verdict }) => verdict === "proven").length;
  const verdict = `${proven} of ${cases.length} escapes proven ended`;
  return [
    facts([
      ["selftest", painted(verdict, passed ? "green" : "red")],
      ["containment", `${tier}: ${tierWhy}`],
      ["bystander", bystander],
    ]),
    "",
    table(cases, caseColumns),
    ...(limits.length === 0 ? [] : ["", table(limits, limitColumns)]),
  ];
}
