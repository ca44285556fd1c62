import { isFinished, type Observed, type Scene } from "./scene.ts";

/**
 * Whether the process that a command line names as its parent is gone. The number is a pid in the
 * PID namespace of the process that wrote it, which is the process's own namespace or one around
 * it, never one inside. So the parent is gone only if no process has that number in any of these.
 */
export function isNamedParentGone(process: Observed, named: number, scene: Scene): boolean {
  if (scene.hidesProcesses) return false;
  const own = scene.pidsInNamespaces(process.pid);
  if (own === null) return false;
  const local = scene.processes.get(named);
  if (local !== undefined && mayBeParent(local, process)) return false;
  if (own.length === 1) return true;
  return ![...scene.processes.values()].some(
    (one) => mayBeParent(one, process) && hasNumberInside(one, named, process, own, scene),
  );
}

function mayBeParent(one: Observed, process: Observed): boolean {
  return one.pid !== process.pid && !isFinished(one) && one.start <= process.start;
}

function hasNumberInside(
  one: Observed,
  named: number,
  process: Observed,
  own: readonly number[],
  scene: Scene,
): boolean {
  const pids = scene.pidsInNamespaces(one.pid);
  if (pids === null) return false;
  const levels = [...pids.keys()].filter((level) => level > 0 && level < own.length);
  if (!levels.some((level) => pids[level] === named)) return false;
  // At the same depth, two different namespaces are unrelated.
  if (pids.length !== own.length) return true;
  const [theirs, its] = [scene.pidNamespaceOf(one.pid), scene.pidNamespaceOf(process.pid)];
  return theirs === null || its === null || theirs === its || pids.at(-1) !== named;
}
