import { formOf } from "./argv.ts";
import type { Match } from "./match.ts";
import { isFinished, type Observed } from "./scene.ts";

/** Who takes in the children of the dead, beside process 1. The kernel does not tell who asked for it. */
const reapers = new Set([
  "systemd",
  "init",
  "tini",
  "dumb-init",
  "docker-init",
  "catatonit",
  "conmon",
  "containerd-shim",
  "s6-svscan",
  "runsvdir",
]);

export function isReaper({ pid, comm }: Pick<Observed, "pid" | "comm">): boolean {
  return pid === 1 || reapers.has(comm);
}

/**
 * Why a process's parent must be gone, or null. That process 1 is its parent is not enough: in a
 * container process 1 may have started it. So whoever led its session or its process group has to
 * be gone as well. A daemon leads both itself, and is no orphan.
 *
 * `named`: the parent's pid where the command line tells it. `worker`: nobody starts such a process
 * but a parent that works with it, so that process 1 is its parent is enough, unless process 1 is
 * itself such a parent: a Python, or the leader of the same session.
 */
export function parentGone(
  process: Observed,
  processes: ReadonlyMap<number, Observed>,
  { named = null, worker = false }: { named?: number | null; worker?: boolean } = {},
): string | null {
  if (named !== null) {
    const parent = processes.get(named);
    const lives = parent !== undefined && !isFinished(parent) && parent.start <= process.start;
    return lives ? null : `process ${named}, which its command line names as its parent, is gone`;
  }
  const parent = processes.get(process.ppid);
  if (parent !== undefined && !isReaper(parent)) return null;
  const isGone = (leader: number) => {
    const found = processes.get(leader);
    return leader !== 0 && (found === undefined || isFinished(found));
  };
  const gone = [
    ...(isGone(process.session) ? [`the leader of its session (${process.session})`] : []),
    ...(isGone(process.processGroup)
      ? [`the leader of its process group (${process.processGroup})`]
      : []),
  ];
  if (gone.length === 0 && !(worker && isForeign(process, parent))) return null;
  const fell =
    parent === undefined ? "its parent is not there" : `it fell to ${parent.comm} (${parent.pid})`;
  return gone.length === 0
    ? `${fell}, which starts no such process`
    : `${fell}; gone: ${gone.join(", ")}`;
}

function isForeign(process: Observed, reaper: Observed | undefined): boolean {
  if (reaper === undefined) return false;
  return process.session !== reaper.session && formOf(reaper.argv).interpreter !== "python";
}

/** What a rule that fits adds to the question. */
export function parentHints(match: Match | null): { named: number | null; worker: boolean } {
  const named = match?.groups["parent"];
  return {
    named: named === undefined ? null : Number(named),
    worker: match?.rule.worker === true,
  };
}
