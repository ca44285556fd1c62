import { join } from "node:path";
import type { AttemptView } from "../contract/attempt.ts";
import { mainOf } from "../contract/main-process.ts";
import type { AttemptRow } from "../store/rows.ts";

/** An attempt as clients see it. `claim`: null if its pids mean nothing here. */
export function attemptViewOf(
  attemptsDir: string,
  attempt: AttemptRow,
  claim: AttemptRow["claim"],
  unheardPid: number | null = null,
): AttemptView {
  return {
    number: attempt.number,
    id: attempt.id,
    tier: attempt.tier,
    pid: claim === null ? null : mainOf(claim).pid,
    keeperPid: claim?.keeper.pid ?? unheardPid,
    startedAtMs: attempt.startedAtMs,
    endedAtMs: attempt.endedAtMs,
    folder: join(attemptsDir, attempt.id),
    gpuUuids: attempt.gpuUuids,
    ...(attempt.damaged === undefined ? {} : { damaged: [...attempt.damaged] }),
  };
}
