import type { GpuHolder } from "./snapshot.ts";

/** What distinguishes an attempt's processes from others. */
export interface Owner {
  attempt: string;
  /** Identities (`pid:start`) that were known to belong to it while it ran. */
  seen: ReadonlySet<string>;
  /** Only while its keeper and its main process are alive, so that their pids are not reused. */
  running?: RunningOwner;
}

export interface RunningOwner {
  keeperPid: number;
  /** The main process leads it. */
  session: number;
  /** Clock ticks since boot. */
  mainStart: number;
}

/**
 * By cgroup, cookie or recorded identity and, while the attempt runs, by session and descent. Using
 * a GPU is not evidence of ownership.
 */
export function isOwn(holder: GpuHolder, owner: Owner): boolean {
  if (owner.seen.has(holderKey(holder))) return true;
  const attempt = attemptOf(holder);
  if (attempt !== null || owner.running === undefined) return attempt === owner.attempt;
  return isOfRunning(holder, owner.running);
}

/**
 * Without cgroup and cookie: in the main process's session, or an orphan that became a child of the
 * keeper.
 */
function isOfRunning({ start, process }: GpuHolder, running: RunningOwner): boolean {
  if (process === null || start === null || start < running.mainStart) return false;
  return process.session === running.session || process.ppid === running.keeperPid;
}

/** The attempt that a holder belongs to by its cgroup or cookie; null for an unrelated process. */
export function attemptOf({ process }: GpuHolder): string | null {
  // The kernel keeps the cgroup, while any process can set an environment.
  const group = /\/holdfast-[0-9a-f]{12}\/([0-9a-f-]{36})(\/|$)/.exec(process?.cgroup ?? "");
  return group?.[1] ?? process?.attempt ?? null;
}

export function holderKey({ pid, start }: { pid: number; start: number | null }): string {
  return `${pid}:${start ?? "?"}`;
}
