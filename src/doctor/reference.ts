import { thresholds } from "../contract/doctor-thresholds.ts";
import { severityExitCodes } from "../contract/doctor-severities.ts";
import { facetNames } from "../contract/doctor-facets.ts";
import { verdicts } from "../contract/doctor-verdicts.ts";
import { figures } from "./figures.ts";

const units = {
  percent: "%",
  celsius: "°C",
  bytes: "",
  duration: "",
  count: "",
} as const;

/** docs/reference/doctor.md, generated from the tables that the doctor judges by. */
export function doctorReference(): string {
  return `${[
    "# Doctor",
    "",
    "Generated from the tables in `src/contract/verdicts/`, `src/contract/doctor-thresholds.ts` and `src/doctor/figures.ts`; a test compares them. For how to use the doctor, see the [guide](../guides/doctor.md).",
    "",
    "## Verdicts",
    "",
    "Several verdicts may apply at once; the most severe and most certain are shown first. A verdict is reported only with its evidence.",
    "",
    "| facet | verdict | severity | meaning | required evidence | does not cover |",
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
    `\`holdfast doctor\` exits with the code of its most severe verdict: ${Object.entries(
      severityExitCodes,
    )
      .map(([severity, code]) => `${severity} ${code}`)
      .join(
        ", ",
      )}. Without a verdict it exits with 0, or with 5 if \`--strict\` is given and not every facet was measured.`,
    "",
    "## Thresholds",
    "",
    "Keys in the `doctor` section of the [configuration](configuration.md).",
    "",
    "| key | default | meaning | source |",
    "|---|---|---|---|",
    ...Object.entries(thresholds).map(([name, { kind, default: value, about, source }]) =>
      row(`\`${name}\``, `${value} ${units[kind]}`.trim(), about, source),
    ),
    "",
    "## Figures",
    "",
    "| figure | unit | compared with a baseline by |",
    "|---|---|---|",
    ...Object.entries(figures).map(([name, figure]) =>
      row(
        `\`${name}\``,
        figure.unit,
        "worse" in figure ? `\`${figure.worse.than}\`, ${figure.worse.by}` : "not compared",
      ),
    ),
    "",
    "## API",
    "",
    "`POST /api/v1/doctor` examines the machine or a job for `windowMs` (500 to 25,000 ms) and returns a DoctorReport. `GET /api/v1/doctor/alerts` returns the alerts raised by the server's own examinations. Both are in [openapi.json](openapi.json).",
    "",
    "| metric | meaning |",
    "|---|---|",
    "| `holdfast_doctor_alerts{verdict, severity}` | number of jobs, GPUs or disks for which the verdict is raised; 0 for every other verdict |",
    "| `holdfast_doctor_facet_measured{facet}` | 1 if measured, 0.5 if partly measured, 0 if not measured |",
    "| `holdfast_doctor_last_examination_timestamp_seconds` | start of the last examination |",
    "| `holdfast_doctor_failures_total` | examinations that ended without a report |",
    "",
    "These metrics exist only if `doctor.watch` is set.",
  ].join("\n")}\n`;
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}
