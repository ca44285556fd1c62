import type { GpuHolder } from "./snapshot.ts";

/** By what an attempt's processes are told from others'. */
export interface Owner {
  attempt: string;
  /** Identities (`pid:start`) that were seen to be its own while it ran. */
  seen: ReadonlySet<string>;
  /** Only while its keeper and its main process live: then nobody else has their pids. */
  running?: RunningOwner;
}

export interface RunningOwner {
  keeperPid: number;
  /** The main process leads it. */
  session: number;
  /** Clock ticks since boot. */
  mainStart: number;
}

/** By group, cookie or recorded identity, while it runs by session and descent as well; using a GPU says nothing about whose somebody is. */
export function isOwn(holder: GpuHolder, owner: Owner): boolean {
  if (owner.seen.has(holderKey(holder))) return true;
  const attempt = attemptOf(holder);
  if (attempt !== null || owner.running === undefined) return attempt === owner.attempt;
  return isOfRunning(holder, owner.running);
}

/** Without group and cookie: of the main process's session, or an orphan that fell to the keeper. */
function isOfRunning({ start, process }: GpuHolder, running: RunningOwner): boolean {
  if (process === null || start === null || start < running.mainStart) return false;
  return process.session === running.session || process.ppid === running.keeperPid;
}

/** The attempt that a holder belongs to by its group or its cookie; null for a stranger. */
export function attemptOf({ process }: GpuHolder): string | null {
  // A group that the kernel keeps is stronger than an environment that anybody can set.
  const group = /\/holdfast-[0-9a-f]{12}\/([0-9a-f-]{36})(\/|$)/.exec(process?.cgroup ?? "");
  return group?.[1] ?? process?.attempt ?? null;
}

export function holderKey({ pid, start }: { pid: number; start: number | null }): string {
  return `${pid}:${start ?? "?"}`;
}
