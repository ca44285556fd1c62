import { isAllowed } from "../innocent.ts";
import { ancestorsOf, identityKey, type Observed, type Scene } from "../scene.ts";

/**
 * The requesting process and the processes it needs: its ancestors and the leader of its session.
 * Null: it has ended.
 */
export function askersOf(pid: number, { processes }: Scene): ReadonlySet<number> | null {
  const asker = processes.get(pid);
  if (asker === undefined) return null;
  return new Set([pid, asker.session, ...ancestorsOf(asker, processes).map((one) => one.pid)]);
}

export interface Sparing {
  /**
   * Pids of the requesting process and the processes it needs. Null: unknown, so everything is
   * spared.
   */
  askers: ReadonlySet<number> | null;
  /** Whether to end processes of Holdfast's jobs too. */
  jobs: boolean;
  allow: ReadonlySet<string>;
}

/**
 * Why a process is spared although its whole family was requested; null: it is not. Independent of
 * whether it is suspected.
 */
export function sparedBecause(
  process: Observed,
  scene: Scene,
  { askers, jobs, allow }: Sparing,
): string | null {
  const { pid, comm } = process;
  if (pid === 1) return "it is process 1";
  if (askers === null)
    return "the requesting process has ended, so the processes it needs are unknown";
  if (askers.has(pid)) return "it is the requesting process, or above it";
  if (comm.startsWith("holdfast-")) return "it belongs to Holdfast: a keeper ends with its job";
  if (isAllowed(process, allow)) return "the configuration allows it (orphans.allow)";
  const server = scene.processes.get(scene.ownPid);
  if (server !== undefined && ancestorsOf(server, scene.processes).some((one) => one.pid === pid))
    return "it is above this server";
  const ancestors = ancestorsOf(process, scene.processes);
  // Checked before the server's own processes, because keepers are below the server.
  const job = jobOf(process, ancestors, scene);
  if (job !== null) return jobs ? null : `it belongs to ${job}; add --jobs to end it too`;
  if (!jobs && scene.adopted === null) return "it is not known whether a job has adopted it";
  const isServers = [process, ...ancestors].some((one) => one.pid === scene.ownPid);
  return isServers ? "it belongs to this server" : null;
}

/** Describes the living Holdfast job that the process belongs to. Null: none. */
export function jobOf(
  process: Observed,
  ancestors: readonly Observed[],
  scene: Scene,
): string | null {
  for (const one of [process, ...ancestors]) {
    const job = scene.adopted?.get(identityKey(one));
    if (job !== undefined) return `job ${job}, which has adopted it`;
  }
  const tie = scene.tieOf(process.pid);
  if (tie !== null && !tie.ended)
    return tie.job === null ? "a job of another Holdfast" : `job ${tie.job}`;
  // Its environment may have been cleared.
  return ancestors.some(({ comm }) => comm.startsWith("holdfast-")) ? "a job of Holdfast" : null;
}
