import type { Match } from "./match.ts";
import { isNamedParentGone } from "./named-parent.ts";
import { isFinished, type Observed, type Scene } from "./scene.ts";

/** Start services, which the cgroup names, and otherwise only take in the children of the dead. */
const systems = new Set(["systemd", "init"]);

/** Start one program and end with it: what else is below them has fallen to them. */
const launchers = new Set(["tini", "dumb-init", "docker-init", "catatonit", "conmon"]);

/** Start more than one program, so that a process below them may be one of these. */
const supervisors = new Set(["containerd-shim", "s6-svscan", "runsvdir"]);

/** Takes in the children of the dead. The kernel does not tell who asked for it, beside process 1. */
export function isReaper({ pid, comm }: Pick<Observed, "pid" | "comm">): boolean {
  return pid === 1 || systems.has(comm) || launchers.has(comm) || supervisors.has(comm);
}

/**
 * Why a process's parent must be gone, or null. That process 1 is its parent is not enough: in a
 * container process 1 may have started it. So the leader of its session or of its process group has
 * to be gone as well. A daemon leads both itself, and is no orphan.
 *
 * `named`: the parent's pid where the command line has it. `worker`: only a parent that works with it
 * starts such a process, so that it is enough to have an init above it that did not start it.
 */
export function parentGone(
  process: Observed,
  scene: Scene,
  { named = null, worker = false }: { named?: number | null; worker?: boolean } = {},
): string | null {
  if (named !== null)
    return isNamedParentGone(process, named, scene)
      ? `process ${named}, which its command line names as its parent, is gone`
      : null;
  // Its parent is outside this PID namespace, and may live.
  if (process.ppid === 0) return null;
  const parent = scene.processes.get(process.ppid);
  if (parent === undefined ? scene.hidesProcesses : !isReaper(parent)) return null;
  if (parent !== undefined && isLaunched(process, parent, scene)) return null;
  const gone = [
    ...(isLeaderGone(process.session, scene)
      ? [`the leader of its session (${process.session})`]
      : []),
    ...(isLeaderGone(process.processGroup, scene)
      ? [`the leader of its process group (${process.processGroup})`]
      : []),
  ];
  const fell =
    parent === undefined ? "its parent is not there" : `it fell to ${parent.comm} (${parent.pid})`;
  if (gone.length > 0) return `${fell}; gone: ${gone.join(", ")}`;
  const foreign = worker && parent !== undefined ? foreignTo(parent, process) : null;
  return foreign === null ? null : `${fell}, ${foreign}`;
}

/** 0: it is outside this PID namespace. */
export function isLeaderGone(leader: number, { processes, hidesProcesses }: Scene): boolean {
  const found = processes.get(leader);
  if (found === undefined) return leader !== 0 && !hidesProcesses;
  return isFinished(found);
}

/** What a launcher has started lives as long as it does, and is older than all that fell to it. */
function isLaunched(process: Observed, parent: Observed, { processes }: Scene): boolean {
  if (!launchers.has(parent.comm)) return false;
  return [...processes.values()].every(
    ({ ppid, start }) => ppid !== parent.pid || start >= process.start,
  );
}

/** Why the init above a worker, if it has not launched it, has not started it; null where it may have. */
function foreignTo(init: Observed, process: Observed): string | null {
  if (launchers.has(init.comm)) return "which has started another process and no more";
  const isSystem = systems.has(init.comm) && process.session !== init.session;
  return isSystem ? "which starts no such process" : null;
}

/** What a rule that fits adds to the question. */
export function parentHints(match: Match | null): { named: number | null; worker: boolean } {
  const named = match?.groups["parent"];
  return {
    named: named === undefined ? null : Number(named),
    worker: match?.rule.worker === true,
  };
}
