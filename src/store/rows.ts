import type { KeeperClaim, PidNamespace } from "../contract/keeper.ts";
import type { Tier } from "../contract/attempt.ts";
import type { AppliedLimit } from "../job/limits.ts";
import type { Outcome } from "../job/outcome.ts";
import type { Reason } from "../job/reasons.ts";
import type { JobSpec } from "../job/spec.ts";
import type { State } from "../job/states.ts";

/** The specification as the store returns it: names of environment variables, not their values. */
export type StoredSpec = Omit<JobSpec, "env"> & { envNames: string[] };

/** From when until when a queued job is not to be launched, UTC ms. */
export interface Wait {
  fromMs: number;
  untilMs: number;
}

export interface JobRow {
  id: number;
  /** Null: of a version that gave none, or damaged. */
  uuid: string | null;
  state: State;
  reason: Reason | null;
  message: string | null;
  spec: StoredSpec;
  createdAtMs: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** Of the first request to stop it; null: there is none. */
  stopReason: Reason | null;
  outcome: Outcome | null;
  /** The current or last attempt. */
  attempt: string | null;
  retryOf: number | null;
  /** Before its next attempt. */
  wait: Wait | null;
  /** Fields that are not what was written. Their values here only show what can still be read. */
  damaged: readonly string[];
}

/** The user that declared something that was not observed. */
export interface DeclaredBy {
  uid: number;
  atMs: number;
}

export interface AttemptRow {
  id: string;
  job: number;
  /** Of the job; absent: not known. */
  jobUuid?: string;
  number: number;
  /** The engine that runs it, by its name. */
  engine: string;
  nonce: string;
  /** Of the seal that its exit record must bear. Null: none was given (an older server), or it is not known any more. */
  sealHash: string | null;
  /** It was searched for survivors: a later exit record is ignored. */
  distrusted: boolean;
  bootId: string;
  /** The namespace of its claim's pids; null: not recorded. */
  namespace: PidNamespace | null;
  tier: Tier;
  cgroup: string | null;
  /** Version 1 groups, which only limit. */
  cgroupAlso: string[];
  /** As planned, and from the launch on as applied. */
  limits: AppliedLimit[];
  gpuUuids: string[];
  createdAtMs: number;
  claim: KeeperClaim | null;
  startedAtMs: number | null;
  endedAtMs: number | null;
  /** A person's declaration that its PID namespace has ended. Absent or null: there is none. */
  declaredEnded?: DeclaredBy | null;
  /** Fields that are not what was written: a claim or a seal among them is null here. Absent: none. */
  damaged?: readonly string[];
}
