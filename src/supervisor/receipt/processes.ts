import type { Orphan } from "../../containment/spawner.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { StoppedProcess, SweepResult } from "../attempt/sweeping.ts";

type Listed = Pick<Receipt, "processes" | "processesOmitted" | "processesMayLack" | "ended">;

const reapedByParent = "its own parent reaped it, and only a parent gets the status";
const keeperGone = "its keeper, which would have got the status, was killed";

const unseenByKeeper =
  "processes that ended and were reaped by their own parent before the keeper inspected the tree";
const stopCutShort =
  "processes that the stop ended: the tree was larger than could be listed in time, continued to fork, or had processes moved in from outside, whose children get another parent";
const unseenOfAdopted =
  "processes that lost their parent between two inspections: the tree was adopted";
const unseenByAnyone =
  "processes that their own parent reaped before the server found them: the keeper's list was lost with it";
const sharedOrphans =
  "processes that were ended together with those of other killed keepers: which keeper's each was is unknown";
const sigkill = 9;

/** What a keeper recorded of each process that it saw. */
export function processesOfExit(exit: ExitRecord, attempt: AttemptRow): Listed {
  const more =
    attempt.claim?.adopted !== undefined
      ? [unseenOfAdopted]
      : exit.processes_may_lack === true
        ? [stopCutShort]
        : [];
  return {
    processes: exit.processes.map((process) => seenByKeeper(process, exit.times.kill_ms)),
    processesOmitted: exit.processes_omitted,
    processesMayLack: [unseenByKeeper, ...more],
    ended: exit.ended,
  };
}

function seenByKeeper(
  { pid, comm, how, code, signal, alive_ms, at_ms, stuck }: ExitRecord["processes"][number],
  killMs: number | null,
): Receipt["processes"][number] {
  const lasted = alive_ms ?? null;
  return {
    pid,
    command: comm,
    how,
    code,
    signal,
    statusUnknown: code === null && signal === null ? reapedByParent : null,
    aliveAtMs: lasted,
    atMs: at_ms,
    stuck:
      stuck === undefined || lasted === null || killMs === null
        ? null
        : {
            outlivedKillMs: Math.max(0, lasted - killMs),
            state: stuck.state,
            waitChannel: stuck.wchan === "" ? null : stuck.wchan,
            frozenGroup: stuck.frozen,
          },
  };
}

/** What the server and the spawner of the keeper ended of an attempt whose keeper was killed. */
export function processesOfSweep(sweep: SweepResult | null, attempt: AttemptRow): Listed {
  if (sweep === null) return restarted;
  const { stopped, orphans, endedAtMs } = sweep;
  const found = new Map(stopped.map((one) => [keyOf(one), one]));
  const reaped = new Map(ownOrphans(sweep, attempt).map((one) => [keyOf(one), one]));
  const processes = [...new Set([...found.keys(), ...reaped.keys()])].map((key) =>
    endedBySweep(found.get(key), reaped.get(key), endedAtMs),
  );
  const shared = orphans !== null && orphans.keepers > 1;
  return {
    processes,
    processesOmitted: omittedOf(sweep),
    processesMayLack: [unseenByAnyone, ...(shared ? [sharedOrphans] : [])],
    ended: {
      self: 0,
      term: 0,
      kill: processes.filter(({ how }) => how === "kill").length,
      unknown: processes.filter(({ how }) => how === "unknown").length + omittedOf(sweep),
    },
  };
}

/** The processes that a killed keeper left, the main process not counted, whatever ended each of them. */
export function leftoversOf(sweep: SweepResult | null, attempt: AttemptRow): number {
  if (sweep === null) return 0;
  const { claim } = attempt;
  const left = new Set([...sweep.stopped, ...ownOrphans(sweep, attempt)].map(keyOf));
  if (claim !== null) left.delete(keyOf(claim.payload));
  return left.size + omittedOf(sweep);
}

/** Orphans of several keepers are not known to be this attempt's. */
const omittedOf = ({ orphans }: SweepResult): number =>
  orphans === null || orphans.keepers > 1 ? 0 : orphans.omitted;

const restarted: Listed = {
  processes: [],
  processesOmitted: 0,
  processesMayLack: ["all of them: the machine restarted before they were recorded"],
  ended: { self: 0, term: 0, kill: 0, unknown: 0 },
};

const keyOf = ({ pid, start }: { pid: number; start: number }) => `${pid} ${start}`;

/** Orphans of several keepers come in one list: only those known to belong to this attempt count. */
function ownOrphans({ stopped, orphans }: SweepResult, { claim }: AttemptRow): readonly Orphan[] {
  if (orphans === null || orphans.keepers === 1) return orphans?.listed ?? [];
  const own = new Set([...stopped, ...(claim === null ? [] : [claim.payload])].map(keyOf));
  return orphans.listed.filter((one) => own.has(keyOf(one)));
}

function endedBySweep(
  found: StoppedProcess | undefined,
  reaped: Orphan | undefined,
  endedAtMs: number,
): Receipt["processes"][number] {
  const { code = null, signal = null } = reaped ?? {};
  // Without a status: it was found, got SIGKILL, and was found no more.
  const isKilled = reaped === undefined ? found?.denied === false : signal === sigkill;
  return {
    pid: found?.pid ?? reaped?.pid ?? 0,
    command: reaped?.comm ?? found?.comm ?? "?",
    how: isKilled ? "kill" : "unknown",
    code,
    signal,
    statusUnknown: code === null && signal === null ? keeperGone : null,
    aliveAtMs: found?.aliveAtMs ?? null,
    atMs: found?.goneAtMs ?? endedAtMs,
    stuck: null,
  };
}
