import type { Job } from "../../client/client.ts";
import type { DroppedOutput } from "../../client/output.ts";
import { formatSize } from "../../contract/units.ts";

/** What an output quota has dropped, where, and how to keep more. */
export function droppedMessage(
  { id, spec }: Job,
  stream: "stdout" | "stderr" | undefined,
  { from, to }: DroppedOutput,
): string {
  const log = stream === "stderr" && spec.output === "split" ? "error output" : "output";
  const quota = spec.outputQuotaBytes === null ? "" : ` ${formatSize(spec.outputQuotaBytes)}`;
  return `job ${id}: --output-quota${quota} dropped ${formatSize(to - from)} of its ${log} here (bytes ${from} to ${to - 1}); a larger quota keeps more`;
}
