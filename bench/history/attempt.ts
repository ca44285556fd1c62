import { randomUUID } from "node:crypto";
import type { ExitRecord, IntentRecord, KeeperClaim } from "../../src/contract/keeper.ts";
import { sealHashOf } from "../../src/containment/seal.ts";
import type { AttemptRow, JobRow } from "../../src/store/rows.ts";
import type { AttemptEnd } from "./kinds.ts";

const groups = "/sys/fs/cgroup/holdfast-0123456789ab";
const boot = "6f1c2f0e-2d5f-4d52-9a39-0b6b1a2f9d11";

/** An attempt with everything that its keeper writes. */
export interface MadeAttempt {
  row: AttemptRow;
  intent: IntentRecord;
  claim: KeeperClaim;
  /** Null: its keeper was lost. */
  exit: ExitRecord | null;
  endedAtMs: number;
}

export function makeAttempt(
  job: JobRow,
  { reason, code, signal, ranMs, processes, outputBytes }: AttemptEnd,
  number: number,
  startedAtMs: number,
): MadeAttempt {
  const id = randomUUID();
  const nonce = id.replaceAll("-", "");
  const pid = 1000 + ((job.id * 7) % 30_000);
  const start = 100_000 + job.id;
  const cgroup = `${groups}/${id}`;
  const endedAtMs = startedAtMs + ranMs;
  const row: AttemptRow = {
    id,
    job: job.id,
    ...(job.uuid === null ? {} : { jobUuid: job.uuid }),
    number,
    engine: "local",
    nonce,
    sealHash: sealHashOf(nonce),
    distrusted: false,
    bootId: boot,
    namespace: { inode: 4026531836, init: 24, offset: "0", cgroups: 4026531835 },
    tier: "cgroup",
    cgroup,
    cgroupAlso: [],
    limits: [],
    gpuUuids: [],
    createdAtMs: startedAtMs - 4,
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
  const { command, cwd, ...spec } = job.spec;
  const stopMs = reason === "exited" ? null : endedAtMs - 20;
  return {
    row,
    endedAtMs,
    intent: {
      version: 1,
      attempt: id,
      job: job.id,
      ...(job.uuid === null ? {} : { job_uuid: job.uuid }),
      number,
      engine: "local",
      boot_id: boot,
      pid_namespace: row.namespace,
      nonce,
      tier: "cgroup",
      cgroup,
      cgroup_also: [],
      command,
      cwd,
      gpu_uuids: [],
      made_at_ms: row.createdAtMs,
      spec,
    },
    claim: {
      version: 1,
      attempt: id,
      boot_id: boot,
      pid_namespace: 4026531836,
      nonce,
      keeper: { pid, start, inode: 7_000_000 + job.id },
      payload: { pid: pid + 1, start, inode: 7_000_001 + job.id, session: pid + 1 },
      cgroup,
      cgroup_also: [],
      socket: 5_000_000 + job.id,
      claimed_at_ms: startedAtMs,
    },
    exit:
      reason === "keeper_lost"
        ? null
        : {
            version: 1,
            attempt: id,
            boot_id: boot,
            seal: nonce,
            reason,
            main: { pid: pid + 1, code, signal, core: false },
            exec_error: null,
            leftovers: 0,
            ended: {
              self: signal === null ? processes : 0,
              term: signal === null ? 0 : processes,
              kill: 0,
              unknown: 0,
            },
            processes: Array.from({ length: processes }, (_, index) => ({
              pid: pid + 1 + index,
              start: start + index,
              comm: index === 0 ? "python3" : "loader",
              how: signal === null ? "self" : "term",
              code,
              signal,
              alive_ms: endedAtMs - 1,
              at_ms: endedAtMs,
              reaped: true,
            })),
            processes_omitted: 0,
            processes_may_lack: false,
            proof: { echild: true, populated: 0 },
            escaped: [],
            escaped_omitted: 0,
            shared_memory: [],
            shared_memory_omitted: 0,
            cpu_user_us: ranMs * 700,
            cpu_system_us: ranMs * 90,
            max_rss_bytes: 412_000_000 + job.id,
            memory_peak_bytes: 530_000_000 + job.id,
            oom_kills: 0,
            oom_victims: [],
            pids_peak: processes,
            cpu_throttled_us: null,
            cpu_throttled_periods: null,
            pressure: {
              cpu: { some_us: 7218 + job.id, full_us: 7206 },
              memory: { some_us: 0, full_us: 0 },
              io: { some_us: job.id, full_us: 0 },
            },
            output: { stdout_bytes: outputBytes, stderr_bytes: null, punched_bytes: 0 },
            disk_full: null,
            times: {
              claimed_ms: startedAtMs,
              exec_ms: startedAtMs + 3,
              main_ended_ms: endedAtMs,
              stop_ms: stopMs,
              term_ms: stopMs,
              kill_ms: null,
              empty_ms: endedAtMs,
            },
            grace_ms: stopMs === null ? null : 10_000,
            paused_ms: 0,
            unapplied: [],
          },
  };
}
