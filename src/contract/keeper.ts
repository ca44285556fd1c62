import { z } from "zod";
import { publicSpec } from "./job-spec.ts";

/**
 * The keeper's files and messages, as defined in `native/keeper/PROTOCOL.md`.
 * They come from a folder that the payload can write to, so they are validated
 * against these schemas before use.
 */

export const keeperProtocol = 1;

const pid = z.int().min(1);
const ms = z.int().min(0);
const count = z.int().min(0);
const stalled = z.object({ some_us: count, full_us: count });
const onePause = z.object({
  asked_ms: ms,
  frozen_ms: ms.nullable(),
  ended_ms: ms.nullable(),
  end: z.enum(["resume", "stop", "end"]).nullable(),
});
// Missing in records and messages of older keepers.
const listOfPauses = {
  pauses: z.array(onePause).max(32).optional(),
  pauses_omitted: count.optional(),
};

export const identity = z.object({ pid, start: count, inode: count });
export type ProcessIdentity = z.infer<typeof identity>;

/** The PID namespace of pids: `init` is the start of its process 1, `offset` that of the time namespace in seconds. */
export const pidNamespace = z.object({
  inode: z.number().min(0),
  init: count.nullable(),
  offset: z.string().max(40).nullable(),
  // The cgroup namespace in which the paths of groups are valid. Missing in older records.
  cgroups: z.number().min(0).nullable().optional(),
});
export type PidNamespace = z.infer<typeof pidNamespace>;

export const intentRecord = z.object({
  version: z.literal(1),
  attempt: z.uuid(),
  job: z.int(),
  // Missing in intents of servers that did not write it.
  job_uuid: z.string().max(36).optional(),
  number: z.int(),
  // Missing in intents of servers that did not write it.
  engine: z.string().max(64).optional(),
  boot_id: z.string(),
  // Missing in intents of servers that did not write it.
  pid_namespace: pidNamespace.nullable().optional(),
  nonce: z.string(),
  tier: z.enum(["cgroup", "subreaper", "best effort"]),
  cgroup: z.string().nullable(),
  cgroup_also: z.array(z.string()),
  command: z.array(z.string()),
  cwd: z.string(),
  // Missing in intents of servers that did not write it.
  gpu_uuids: z.array(z.string().max(64)).max(1024).optional(),
  made_at_ms: ms,
  // The rest of the specification, with the names of the environment variables but not their values.
  // Missing in intents of servers that did not write it. Parts that do not validate are left out, so
  // that the rest can still be read.
  spec: publicSpec.omit({ command: true, cwd: true }).optional().catch(undefined),
});
export type IntentRecord = z.infer<typeof intentRecord>;

export const keeperClaim = z.object({
  version: z.literal(1),
  attempt: z.uuid(),
  boot_id: z.string(),
  // The number alone; missing in claims of older keepers.
  pid_namespace: z.number().min(0).nullable().optional(),
  nonce: z.string(),
  keeper: identity,
  payload: identity.extend({ session: z.int() }),
  adopted: identity.optional(),
  cgroup: z.string().nullable(),
  cgroup_also: z.array(z.string()),
  // Some file systems have inode numbers that a number cannot represent exactly; missing in claims of older keepers.
  socket: z.number().min(0).optional(),
  claimed_at_ms: ms,
});
export type KeeperClaim = z.infer<typeof keeperClaim>;

export const voidClaim = z.object({
  version: z.literal(1),
  attempt: z.uuid(),
  void: z.literal(true),
  boot_id: z.string(),
  voided_at_ms: ms,
});
export type VoidClaim = z.infer<typeof voidClaim>;

export const claim = z.union([voidClaim, keeperClaim]);

/** A process outside the attempt that carries its cookie. `owner` is its cgroup. */
const escapee = identity.extend({
  comm: z.string(),
  ppid: count,
  owner: z.string(),
  end: z.enum(["left", "denied", "term", "kill"]),
});

interface EndedProcess {
  pid: number;
  start: number;
  comm: string;
  how: "self" | "term" | "kill" | "unknown";
  code: number | null;
  signal: number | null;
  /** Last seen alive. From here on missing in records of older keepers. */
  alive_ms?: number | null;
  /** First seen gone. */
  at_ms: number | null;
  /** By the keeper. */
  reaped?: boolean;
  /** Where in the kernel it was last seen to hang, long after KILL was sent. */
  stuck?: { state: string; wchan: string | null; frozen: string | null };
}

const hows: ReadonlySet<unknown> = new Set(["self", "term", "kill", "unknown"]);

/**
 * Checked by hand: for the 500 processes of a large tree a schema takes 10 ms the first times, which
 * delays the end of a cancel; this takes 0.2 ms.
 */
const endedProcesses = z.custom<EndedProcess[]>(
  (value) => Array.isArray(value) && value.length <= 1024 && value.every(isEndedProcess),
);

function isEndedProcess(value: unknown): value is EndedProcess {
  if (typeof value !== "object" || value === null) return false;
  const { pid: number, start, comm, how, code, signal, ...seen } = value as Partial<EndedProcess>;
  return (
    Number.isSafeInteger(number) &&
    isCount(start) &&
    typeof comm === "string" &&
    hows.has(how) &&
    (code === null || Number.isSafeInteger(code)) &&
    (signal === null || Number.isSafeInteger(signal)) &&
    isMoment(seen.at_ms) &&
    (seen.alive_ms === undefined || isMoment(seen.alive_ms)) &&
    (seen.reaped === undefined || typeof seen.reaped === "boolean") &&
    (seen.stuck === undefined || isStuck(seen.stuck))
  );
}

function isMoment(value: unknown): boolean {
  return value === null || isCount(value);
}

function isStuck(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { state, wchan, frozen } = value as Record<string, unknown>;
  const isText = (text: unknown) => typeof text === "string";
  return isText(state) && (wchan === null || isText(wchan)) && (frozen === null || isText(frozen));
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export const exitRecord = z.object({
  version: z.literal(1),
  attempt: z.uuid(),
  boot_id: z.string(),
  // Known only to the keeper, which reveals it when no process is left. Missing if none was given.
  seal: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
  reason: z.string().regex(/^[a-z_]{1,32}$/),
  main: z.object({
    pid: z.int(),
    code: z.int().min(0).max(255).nullable(),
    signal: z.int().min(1).max(64).nullable(),
    core: z.boolean(),
  }),
  exec_error: z.object({ stage: z.string(), errno: z.int(), name: z.string() }).nullable(),
  leftovers: count,
  ended: z.object({ self: count, term: count, kill: count, unknown: count.default(0) }),
  processes: endedProcesses,
  processes_omitted: count,
  processes_may_lack: z.boolean().optional(),
  proof: z.object({
    echild: z.boolean(),
    populated: z.int().nullable(),
    held_zombies: count.optional(),
  }),
  cpu_user_us: count.nullable(),
  cpu_system_us: count.nullable(),
  max_rss_bytes: count.nullable(),
  memory_peak_bytes: count.nullable(),
  oom_kills: count.nullable(),
  // Optional to `escaped_omitted`: a keeper that was started before an update does not write them.
  oom_victims: z
    .array(z.object({ pid, comm: z.string() }))
    .max(16)
    .optional(),
  pids_peak: count.nullable().optional(),
  cpu_throttled_us: count.nullable().optional(),
  cpu_throttled_periods: count.nullable().optional(),
  pressure: z
    .object({ cpu: stalled.nullable(), memory: stalled.nullable(), io: stalled.nullable() })
    .nullable()
    .optional(),
  shared_memory: z
    .array(
      z.object({
        name: z.string(),
        bytes: count,
        // Null and `unproven`: of older keepers, which listed other jobs' files as well.
        maker: z.enum(["held", "pid"]).nullable(),
        what: z.enum(["removed", "name", "unproven", "held", "unknown", "error"]),
        errno: z.string().nullable(),
      }),
    )
    .max(64)
    .optional(),
  shared_memory_omitted: count.optional(),
  escaped: z.array(escapee).max(1024).nullable().optional(),
  escaped_omitted: count.nullable().optional(),
  disk_full: z
    .object({ first_ms: ms, last_ms: ms, samples: count.optional() })
    .nullable()
    .optional(),
  output: z.object({ stdout_bytes: count, stderr_bytes: count.nullable(), punched_bytes: count }),
  times: z.object({
    claimed_ms: ms,
    exec_ms: ms.nullable(),
    main_ended_ms: ms.nullable(),
    stop_ms: ms.nullable(),
    term_ms: ms.nullable(),
    kill_ms: ms.nullable(),
    empty_ms: ms,
  }),
  grace_ms: count.nullable(),
  paused_ms: count,
  ...listOfPauses,
  unapplied: z.array(z.object({ what: z.string(), errno: z.string() })),
});
export type ExitRecord = z.infer<typeof exitRecord>;

export const keeperStatus = z.object({
  t: z.literal("status"),
  attempt: z.string(),
  phase: z.enum(["running", "terminating", "killing", "verifying", "recording", "ended"]),
  paused: z.boolean(),
  paused_ms: count.optional(),
  ...listOfPauses,
  disk_full: z.boolean().optional(),
  main: z.object({ pid: z.int(), alive: z.boolean() }),
  reason: z.string().nullable(),
  stop_age_ms: z.int().nullable(),
  kill_in_ms: z.int().nullable(),
  // Missing in the status of older keepers, which do not support numbers.
  stops_heard: count.optional(),
  total: count,
  left: count,
  survivors: z.array(
    z.object({
      pid,
      start: count,
      inode: count,
      comm: z.string(),
      state: z.string(),
      wchan: z.string().nullable(),
      denied: z.boolean(),
    }),
  ),
});
export type KeeperStatus = z.infer<typeof keeperStatus>;

export const keeperMessage = z.discriminatedUnion("t", [
  keeperStatus,
  z.object({ t: z.literal("ok"), command: z.string().optional() }),
  z.object({ t: z.literal("error"), code: z.string(), message: z.string().optional() }),
  z.object({ t: z.literal("ended"), durable: z.boolean().default(true), exit: exitRecord }),
]);
export type KeeperMessage = z.infer<typeof keeperMessage>;
