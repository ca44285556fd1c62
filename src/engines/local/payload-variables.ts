import type { AttemptFolder } from "../../containment/attempt-folder.ts";
import type { JobVariables } from "../../contract/job-variables.ts";
import { visibleDevices } from "../../gpu/visible-devices.ts";
import type { AttemptRow } from "../../store/rows.ts";

/** What a payload finds in its environment. HOLDFAST_ATTEMPT is the cookie by which a lost keeper's survivors are found. */
export function payloadVariables(
  attempt: AttemptRow,
  folder: AttemptFolder,
): Record<string, string> {
  const own = {
    HOLDFAST_ATTEMPT: attempt.id,
    HOLDFAST_JOB: String(attempt.job),
    HOLDFAST_ATTEMPT_NUMBER: String(attempt.number),
    HOLDFAST_PROGRESS: folder.file("progress"),
  } satisfies JobVariables;
  return { ...own, ...visibleDevices(attempt.gpuUuids) };
}
