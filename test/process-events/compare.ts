import type { Receipt } from "../../src/client/client.ts";
import type { Life } from "./lives.ts";

type Listed = Receipt["processes"][number];

/**
 * How much later than its end a process may be reported: the kernel notifies the parent of an end before
 * the observer, and between the two the ending process may have to wait for a processor.
 */
const reportedLateMs = 250;
/** What the first signal ended may end while KILL is being sent: its status says which it was. */
const dyingMs = 500;
/** A process that was seen alive so shortly before a signal counts as alive when it was sent. */
const momentMs = 5 + 1;
/** A receipt has whole milliseconds, rounded down. */
const roundingMs = 1;

/**
 * Compares a receipt's processes line by line with the kernel's report of the same tree: `tree` is the
 * main process and all its descendants. Returns what does not agree. those in `movedIn` were moved into the job's
 * group from outside.
 */
export function differences(
  receipt: Receipt,
  tree: readonly Life[],
  movedIn: readonly Life[] = [],
): string[] {
  const stop = stopOf(receipt);
  const known = [...tree, ...movedIn];
  const lines = receipt.processes.map((listed) => ({ listed, life: lifeOf(listed, known) }));
  return [
    ...lines.flatMap(({ listed, life }) =>
      life === undefined
        ? [`${listed.command} ${listed.pid} is listed and was not of the tree`]
        : [...timeDifferences(listed, life, stop), ...statusDifferences(listed, life)],
    ),
    ...unlisted(receipt, known, new Set(lines.map(({ life }) => life)), stop),
    ...countDifferences(receipt, known.length),
  ];
}

interface Stop {
  termMs: number;
  killMs: number;
  emptyMs: number;
}

/** The moments of the stop; never where there was none. */
function stopOf({ phases }: Receipt): Stop {
  const at = (name: string) => phases.find((phase) => phase.name === name)?.atMs ?? Infinity;
  return { termMs: at("first signal"), killMs: at("KILL"), emptyMs: at("nothing left") };
}

/** Several processes may have had the pid; picks the process that ended nearest to the receipt's time. */
function lifeOf({ pid, atMs }: Listed, known: readonly Life[]): Life | undefined {
  const distance = (life: Life) => Math.abs(endMs(life) - (atMs ?? 0));
  return known.filter((life) => life.pid === pid).toSorted((a, b) => distance(a) - distance(b))[0];
}

const endMs = ({ endedUs }: Life) => (endedUs ?? Infinity) / 1000;
const nameOf = ({ pid, comm }: Life) => `${comm} ${pid}`;
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 23);

function timeDifferences(listed: Listed, life: Life, stop: Stop): string[] {
  const { how, atMs, aliveAtMs = atMs } = listed;
  const ended = endMs(life);
  const found: string[] = [];
  const says = (message: string) =>
    found.push(`${nameOf(life)} ended at ${clock(ended)}; the receipt says ${message}`);
  if (atMs === null) return [`${nameOf(life)} has no time`];
  // Null: it was first noticed when it had ended.
  const alive = aliveAtMs ?? -Infinity;
  if (ended < alive - roundingMs || ended > atMs + roundingMs + reportedLateMs)
    says(`alive at ${aliveAtMs === null ? "no time" : clock(aliveAtMs)}, gone at ${clock(atMs)}`);
  if (atMs > stop.emptyMs) says(`gone at ${clock(atMs)}, after nothing was left`);
  if (how === "self" && ended > Math.min(stop.termMs, stop.killMs) + roundingMs + reportedLateMs)
    says("before the first signal");
  if (
    how === "term" &&
    (ended < stop.termMs - momentMs || ended > stop.killMs + dyingMs + roundingMs + reportedLateMs)
  )
    says("between the first signal and KILL");
  // The processes of a lost keeper were killed at once, by the process that had started it.
  if (how === "kill" && stop.killMs !== Infinity && ended < stop.killMs - momentMs)
    says("after KILL");
  return found;
}

function statusDifferences({ code, signal, statusUnknown }: Listed, life: Life): string[] {
  if (code === null && signal === null)
    return (statusUnknown ?? "") === ""
      ? [`${nameOf(life)} has no status, and nothing says why`]
      : [];
  if (code === life.code && signal === life.signal) return [];
  return [
    `${nameOf(life)} ended with code ${life.code} or signal ${life.signal}; the receipt says ${code}, ${signal}`,
  ];
}

/** What lived when the stop began must be listed; what was over before may only be missing where the receipt says so. */
function unlisted(
  { processesOmitted, processesMayLack = [] }: Receipt,
  known: readonly Life[],
  listed: ReadonlySet<Life | undefined>,
  { termMs, killMs }: Stop,
): string[] {
  const missing = known.filter((life) => !listed.has(life));
  const stopMs = Math.min(termMs, killMs);
  // The first reservation is about what ended before anything inspected it; a second one is about stops.
  const mayLackStopped = processesOmitted > 0 || processesMayLack.length > 1;
  return missing.flatMap((life) => {
    const lived = life.bornUs / 1000 < stopMs - roundingMs && endMs(life) > stopMs + roundingMs;
    if (lived && !mayLackStopped)
      return [`${nameOf(life)} lived when the stop began and is not listed`];
    return processesMayLack.length > 0 || processesOmitted > 0
      ? []
      : [`${nameOf(life)} is not listed, and the receipt does not say that any may be missing`];
  });
}

function countDifferences(
  { processes, processesOmitted, ended }: Receipt,
  there: number,
): string[] {
  const counted = ended.self + ended.term + ended.kill + (ended.unknown ?? 0);
  const found: string[] = [];
  if (counted !== processes.length + processesOmitted)
    found.push(
      `${counted} are counted, ${processes.length} listed and ${processesOmitted} omitted`,
    );
  if (counted > there) found.push(`${counted} are counted, and there were ${there}`);
  for (const how of ["self", "term", "kill", "unknown"] as const) {
    const lines = processes.filter((process) => process.how === how).length;
    const count = ended[how] ?? 0;
    if (processesOmitted === 0 && lines !== count)
      found.push(`${count} are counted as ${how}, ${lines} listed`);
  }
  return found;
}
