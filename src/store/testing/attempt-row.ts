import type { AttemptRow } from "../rows.ts";

/** An attempt that has not been claimed yet. */
export const attemptRow = (id: string, job: number): AttemptRow => ({
  id,
  job,
  number: 1,
  nonce: "n",
  sealHash: null,
  engine: "local",
  distrusted: false,
  bootId: "boot",
  namespace: null,
  tier: "cgroup",
  cgroup: null,
  cgroupAlso: [],
  limits: [],
  gpuUuids: [],
  createdAtMs: 1,
  claim: null,
  startedAtMs: null,
  endedAtMs: null,
});
