import { ancestorsOf, identityKey, type Observed, type Scene } from "../scene.ts";

/** The process that asks and what it needs to go on: its ancestors and the leader of its session. Null: it has ended. */
export function askersOf(pid: number, { processes }: Scene): ReadonlySet<number> | null {
  const asker = processes.get(pid);
  if (asker === undefined) return null;
  return new Set([pid, asker.session, ...ancestorsOf(asker, processes).map((one) => one.pid)]);
}

export interface Sparing {
  /** Pids of the process that asks and of what it needs to go on. Null: not known, so everything is spared. */
  askers: ReadonlySet<number> | null;
  /** Whether processes of Holdfast's jobs are ended as well. */
  jobs: boolean;
  allow: ReadonlySet<string>;
}

/**
 * Why a process is never ended with its family, although a person asked for all of it; null: it is.
 * Whether it is suspected plays no part.
 */
export function sparedBecause(
  process: Observed,
  scene: Scene,
  { askers, jobs, allow }: Sparing,
): string | null {
  const { pid, comm } = process;
  if (pid === 1) return "it is process 1";
  if (askers === null) return "the process that asks has ended, and what it needs is not known";
  if (askers.has(pid)) return "it is the process that asks, or above it";
  if (comm.startsWith("holdfast-")) return "it belongs to Holdfast: a keeper ends with its job";
  if (allow.has(comm)) return "the configuration allows it (orphans.allow)";
  const server = scene.processes.get(scene.ownPid);
  if (server !== undefined && ancestorsOf(server, scene.processes).some((one) => one.pid === pid))
    return "it is above this server";
  const ancestors = ancestorsOf(process, scene.processes);
  // Before the server's own: keepers are below it.
  const job = jobOf(process, ancestors, scene);
  if (job !== null) return jobs ? null : `it belongs to ${job}; --jobs ends it as well`;
  const isServers = [process, ...ancestors].some((one) => one.pid === scene.ownPid);
  return isServers ? "it belongs to this server" : null;
}

/** The living job of a Holdfast that has it, for people. Null: none. */
export function jobOf(
  process: Observed,
  ancestors: readonly Observed[],
  scene: Scene,
): string | null {
  for (const one of [process, ...ancestors]) {
    const job = scene.adopted.get(identityKey(one));
    if (job !== undefined) return `job ${job}, which has adopted it`;
  }
  const tie = scene.tieOf(process.pid);
  if (tie !== null && !tie.ended)
    return tie.job === null ? "a job of another Holdfast" : `job ${tie.job}`;
  // Its environment may have been emptied.
  return ancestors.some(({ comm }) => comm.startsWith("holdfast-")) ? "a job of Holdfast" : null;
}
