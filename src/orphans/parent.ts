import type { Match } from "./match.ts";
import { isNamedParentGone } from "./named-parent.ts";
import { isFinished, type Observed, type Scene } from "./scene.ts";

/**
 * Inits that start services (their cgroup names these) and otherwise only adopt orphaned processes.
 */
const systems = new Set(["systemd", "init"]);

/** Inits that start one program and end with it; their other children were reparented to them. */
const launchers = new Set(["tini", "dumb-init", "docker-init", "catatonit", "conmon"]);

/** Inits that start more than one program, so they may have started any of their children. */
const supervisors = new Set(["containerd-shim", "s6-svscan", "runsvdir"]);

/**
 * Whether orphaned processes are reparented to it. The kernel does not report which processes,
 * apart from process 1, are subreapers, so names decide.
 */
export function isReaper({ pid, comm }: Pick<Observed, "pid" | "comm">): boolean {
  return pid === 1 || systems.has(comm) || launchers.has(comm) || supervisors.has(comm);
}

/**
 * Why a process's parent must be gone, or null. Process 1 as its parent is not enough: in a
 * container process 1 may have started it. So the leader of its session or of its process group has
 * to be gone too. A daemon leads both itself and is not an orphan.
 *
 * `named`: the parent's pid, if the command line has it. `worker`: only a parent of its own program
 * starts such a process, so an init above it that did not start it is enough.
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
  // Its parent is outside this PID namespace and may be alive.
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
    parent === undefined
      ? "its parent does not exist"
      : `it was reparented to ${parent.comm} (${parent.pid})`;
  if (gone.length > 0) return `${fell}; gone: ${gone.join(", ")}`;
  const foreign = worker && parent !== undefined ? foreignTo(parent, process) : null;
  return foreign === null ? null : `${fell}, ${foreign}`;
}

/** 0: the leader is outside this PID namespace. */
export function isLeaderGone(leader: number, { processes, hidesProcesses }: Scene): boolean {
  const found = processes.get(leader);
  if (found === undefined) return leader !== 0 && !hidesProcesses;
  return isFinished(found);
}

/**
 * The program that a launcher has started lives as long as the launcher, and is older than its
 * other children.
 */
function isLaunched(process: Observed, parent: Observed, { processes }: Scene): boolean {
  if (!launchers.has(parent.comm)) return false;
  return [...processes.values()].every(
    ({ ppid, start }) => ppid !== parent.pid || start >= process.start,
  );
}

/** Why the init above a worker cannot have started it; null: it may have. */
function foreignTo(init: Observed, process: Observed): string | null {
  if (launchers.has(init.comm)) return "which starts only one process, and started another one";
  const isSystem = systems.has(init.comm) && process.session !== init.session;
  return isSystem ? "which does not start such processes" : null;
}

/** Hints from the rule that matches. */
export function parentHints(match: Match | null): { named: number | null; worker: boolean } {
  return { named: pidIn(match?.groups["parent"]), worker: match?.rule.worker === true };
}

/** PID_MAX_LIMIT of the kernel. */
const largestPid = 4_194_304;

/** A user's rule may capture any text. What is not a pid names no process, so none is gone. */
function pidIn(text = ""): number | null {
  return /^[1-9]\d{0,6}$/.test(text) && Number(text) <= largestPid ? Number(text) : null;
}
