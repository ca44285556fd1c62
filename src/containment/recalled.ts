import type { IntentRecord } from "../contract/keeper.ts";
import type { AttemptRow } from "../store/rows.ts";

/** What an attempt's own record says of it and of its job. */
export interface RecalledAttempt extends AttemptRow {
  command: readonly string[];
  cwd: string;
}

/** The row that the store had, or should have had, for an attempt, from its intent. The intent lacks its limits and its seal. */
export function attemptOf(intent: IntentRecord): RecalledAttempt {
  return {
    id: intent.attempt,
    job: intent.job,
    ...(intent.job_uuid === undefined ? {} : { jobUuid: intent.job_uuid }),
    number: intent.number,
    engine: intent.engine ?? "local",
    nonce: intent.nonce,
    sealHash: null,
    distrusted: false,
    bootId: intent.boot_id,
    namespace: intent.pid_namespace ?? null,
    tier: intent.tier,
    cgroup: intent.cgroup,
    cgroupAlso: intent.cgroup_also,
    limits: [],
    gpuUuids: intent.gpu_uuids ?? [],
    createdAtMs: intent.made_at_ms,
    command: intent.command,
    cwd: intent.cwd,
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}
