import type { Figure } from "./figure.ts";
import type { Machine } from "./machine.ts";
import type { Spread } from "./spread.ts";

/** What one run of one question gave, as kept in bench/results. */
export interface Report {
  name: string;
  question: string;
  machine: Machine;
  /** UTC. */
  measuredAt: string;
  tookSeconds: number;
  /** Before the run began: what others did. */
  busyShareBefore: number;
  load1Before: number;
  figures: Figure[];
}

/** The figures as a Markdown table. */
export function table({ figures }: Pick<Report, "figures">): string[] {
  const cells = figures.map((figure) => [
    figure.what,
    withSpread(figure.ours, figure.unit),
    figure.peer === null
      ? "—"
      : `${figure.peer.what}: ${withSpread(figure.peer.values, figure.unit)}`,
    figure.ratio === null ? "—" : `${short(figure.ratio)} ×`,
    figure.goal === null ? "—" : `${figure.goal.text}: ${figure.goal.met ? "met" : "**missed**"}`,
  ]);
  const head = ["what", "median (10th–90th of n)", "peer", "ratio", "goal"];
  return [
    `| ${head.join(" | ")} |`,
    `|${head.map(() => "---|").join("")}`,
    ...cells.map((row) => `| ${row.join(" | ")} |`),
  ];
}

/** One line on where and when. */
export function circumstances(report: Report): string {
  const { machine } = report;
  return (
    `${report.measuredAt}, commit ${machine.commit}, ${machine.cores} × ${machine.processor}, ` +
    `${machine.memoryGiB} GiB, Linux ${machine.kernel}, ${machine.fileSystem} ` +
    `(flush ${short(machine.flushMs)} ms), Node ${machine.node}; before the run the machine was ` +
    `${Math.round(report.busyShareBefore * 100)} % busy, load ${short(report.load1Before)}` +
    (machine.priority === "real-time" ? "; measured at real-time priority" : "")
  );
}

function withSpread({ median, p10, p90, count }: Spread, unit: string): string {
  if (count === 1) return `${short(median)} ${unit}`;
  return `${short(median)} ${unit} (${short(p10)}–${short(p90)}, n ${count})`;
}

/** Three digits that mean something. */
function short(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}
