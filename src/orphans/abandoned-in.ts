import { findAbandoned, isAlive, type AbandonedAttempt } from "../containment/abandoned.ts";
import { attemptSightings } from "../containment/attempt-sightings.ts";
import { keeperTitle } from "../processes/keeper-program.ts";
import { isReaper } from "./parent.ts";
import { describeCommand, type FindAttempt, type Observed, type Scene } from "./scene.ts";

/**
 * Finds the attempt without a state folder that a process belongs to. The search reads data of
 * every process, so it runs only for a reason: a keeper of an attempt that is not in the records,
 * or a process that carries the cookie of such an attempt and was reparented to a reaper.
 */
export function abandonedIn(
  processes: ReadonlyMap<number, Observed>,
  tieOf: Scene["tieOf"],
  findAttempt: FindAttempt,
): Scene["abandonedOf"] {
  let found: Map<number, AbandonedAttempt> | null = null;
  let hasUnrelated: boolean | null = null;
  const isUnrelated = ({ comm, argv }: Observed) => {
    if (!comm.startsWith("holdfast-")) return false;
    const attempt = keeperTitle.exec(describeCommand({ comm, argv }))?.[1];
    return attempt !== undefined && findAttempt(attempt) === null;
  };
  const isReason = (process: Observed) => {
    hasUnrelated ??= [...processes.values()].some(isUnrelated);
    if (hasUnrelated) return true;
    const parent = processes.get(process.ppid);
    if (parent !== undefined && !isReaper(parent)) return false;
    return tieOf(process.pid)?.job === null;
  };
  return (pid) => {
    const process = processes.get(pid);
    if (process === undefined) return null;
    if (found === null && !isReason(process)) return null;
    found ??= search(processes, findAttempt);
    return found.get(pid) ?? null;
  };
}

function search(
  processes: ReadonlyMap<number, Observed>,
  findAttempt: FindAttempt,
): Map<number, AbandonedAttempt> {
  const sightings = attemptSightings(null, [...processes.values()]);
  return new Map(
    findAbandoned(sightings, (attempt) => findAttempt(attempt) !== null)
      .filter(isAlive)
      .flatMap((one) =>
        [...one.members, ...(one.keeper === null ? [] : [one.keeper])].map(
          ({ pid }) => [pid, one] as const,
        ),
      ),
  );
}
