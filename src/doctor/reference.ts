import { thresholds } from "../contract/doctor-thresholds.ts";
import { severityExitCodes } from "../contract/doctor-severities.ts";
import { facetNames, verdicts } from "../contract/doctor-verdicts.ts";
import { figures } from "./figures.ts";

const units = {
  percent: "%",
  celsius: "°C",
  bytes: "",
  duration: "",
  count: "",
} as const;

/** docs/reference/doctor.md: made from the tables that the doctor judges by. */
export function doctorReference(): string {
  return `${[
    "# Doctor",
    "",
    "Made from the tables in `src/contract/doctor-verdicts.ts`, `src/contract/doctor-thresholds.ts` and `src/doctor/figures.ts`; a test compares them. How to use it: [guide](../guides/doctor.md).",
    "",
    "## Verdicts",
    "",
    "Several may hold at once; the worst and surest are shown first. A verdict needs its evidence, and is not said of what looks like it.",
    "",
    "| facet | verdict | severity | means | needs | is not |",
    "|---|---|---|---|---|---|",
    ...facetNames.flatMap((facet) =>
      Object.entries(verdicts)
        .filter(([, verdict]) => verdict.facet === facet)
        .map(([name, { severity, means, needs, not }]) =>
          row(facet, `\`${name}\``, severity, means, needs, not),
        ),
    ),
    "",
    "## Exit codes",
    "",
    `\`holdfast doctor\` ends with that of the worst verdict: ${Object.entries(severityExitCodes)
      .map(([severity, code]) => `${severity} ${code}`)
      .join(
        ", ",
      )}. Without a verdict 0, and with \`--strict\` 5 where not every facet was measured.`,
    "",
    "## Thresholds",
    "",
    "Keys of the section `doctor` of [the configuration](configuration.md).",
    "",
    "| key | default | is | from |",
    "|---|---|---|---|",
    ...Object.entries(thresholds).map(([name, { kind, usual, about, source }]) =>
      row(`\`${name}\``, `${usual} ${units[kind]}`.trim(), about, source),
    ),
    "",
    "## Figures, and when they are worse than a baseline's",
    "",
    "| figure | unit | worse than the baseline's |",
    "|---|---|---|",
    ...Object.entries(figures).map(([name, figure]) =>
      row(
        `\`${name}\``,
        figure.unit,
        "worse" in figure ? `\`${figure.worse.than}\`, ${figure.worse.by}` : "is not compared",
      ),
    ),
    "",
    "## API",
    "",
    "`POST /api/v1/doctor` examines for `windowMs` (500 to 25,000) and answers with a DoctorReport; `GET /api/v1/doctor/alerts` has what the server's own examinations raised. Both are in [openapi.json](openapi.json).",
    "",
    "| metric | is |",
    "|---|---|",
    "| `holdfast_doctor_alerts{verdict, severity}` | how many jobs, GPUs or disks have a verdict that is raised; 0 for every other verdict |",
    "| `holdfast_doctor_facet_measured{facet}` | 1, in part 0.5, not 0 |",
    "| `holdfast_doctor_last_examination_timestamp_seconds` | when the last examination began |",
    "| `holdfast_doctor_failures_total` | examinations that ended without a report |",
    "",
    "They are there only with `doctor.watch`.",
  ].join("\n")}\n`;
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
