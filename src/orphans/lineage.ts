import { isLeaderGone, isReaper, parentGone } from "./parent.ts";
import { isFinished, type Observed, type Scene } from "./scene.ts";

/**
 * Why a process must be a worker that was forked by a program that is gone, or null. Such a worker
 * has its parent's command line, so no signature finds it. The proof: it has executed no program
 * itself, another process of its group descends from the same exec, both have lost their parent,
 * and the process that made the exec is not alive. A daemon that forks twice is alone in its group.
 */
export function forkedByDead(process: Observed, scene: Scene): string[] | null {
  if (!isLeaderGone(process.session, scene) || !isLeaderGone(process.processGroup, scene))
    return null;
  const gone = parentGone(process, scene);
  const image = gone === null ? null : scene.imageOf(process.pid);
  if (gone === null || image === null || !image.forked) return null;
  // The address of the arguments is part of the key and needs no further read.
  const same = [...scene.processes.values()].filter(
    (one) =>
      one.pid !== process.pid &&
      one.argStart === process.argStart &&
      !isFinished(one) &&
      scene.imageOf(one.pid)?.key === image.key,
  );
  if (same.some(({ pid }) => scene.imageOf(pid)?.forked !== true)) return null;
  const others = same.filter(
    (one) => one.processGroup === process.processGroup && hasFallen(one, scene),
  );
  if (others.length === 0) return null;
  const pids = others.map(({ pid }) => pid).join(", ");
  return [
    gone,
    `it was forked and has executed no program, like ${pids} of its process group: same program, arguments and environment; the process that executed the program is gone`,
  ];
}

function hasFallen({ ppid }: Observed, { processes }: Scene): boolean {
  const parent = processes.get(ppid);
  return parent === undefined || isReaper(parent);
}
