import type { Progress } from "../../contract/job.ts";
import { cut } from "./fit.ts";
import { widthOf } from "./width.ts";
import { describeProgress } from "./describe-job.ts";

const barColumns = 20;

/** `[████████░░░░░░░░░░░░]  40% 8/20 loss 0.14`, at most `columns` wide. */
export function progressLine(progress: Progress, columns: number): string {
  const { done, total } = progress;
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  const filled = Math.floor(share * barColumns);
  const bar = `[${"█".repeat(filled)}${"░".repeat(barColumns - filled)}]`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  const message = describeProgress(progress);
  const full = `${bar} ${percent} ${message}`;
  // On a narrow terminal the numbers are more useful than the bar.
  return widthOf(full) <= columns ? full : cut(`${percent.trim()} ${message}`, columns);
}
