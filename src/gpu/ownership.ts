import type { GpuHolder } from "./snapshot.ts";

/** By what an attempt's processes are told from others'. */
export interface Owner {
  attempt: string;
  /** Identities (`pid:start`) that were seen to be its own while it ran. */
  seen: ReadonlySet<string>;
}

/** By group, cookie or recorded identity; using a GPU says nothing about whose somebody is. */
export function isOwn(holder: GpuHolder, owner: Owner): boolean {
  if (owner.seen.has(holderKey(holder))) return true;
  return attemptOf(holder) === owner.attempt;
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
