import { Dwindling } from "./dwindling.ts";
import { KeeperLink, type KeeperListener } from "../containment/keeper-link.ts";
import { killGroup } from "../containment/cgroup.ts";
import { findObstacle } from "../containment/obstacle.ts";
import { Outrun } from "../containment/outrun.ts";
import { Signals } from "../containment/signals.ts";
import type { StoppedAttempt } from "../contract/rescue.ts";
import type { ExitRecord, KeeperClaim, KeeperStatus } from "../contract/keeper.ts";
import { bootId } from "../processes/boot.ts";
import { heldUp } from "../processes/held-up.ts";
import { pause, type Clock, type Timer } from "../system/clock.ts";
import type { Peek } from "../store/peek.ts";
import {
  attemptsOnDisk,
  claimOf,
  jobOf,
  keeperClaimOf,
  namespaceOf,
  sightOfAttempt,
  type AttemptOnDisk,
} from "../recovery/attempt-on-disk.ts";
import { abandonedHere } from "./abandoned-here.ts";
import { stopAbandoned } from "./stop-abandoned.ts";
import {
  groupIsEmpty,
  groupOf,
  hasEnded,
  isConfirmed,
  livingKeeper,
  survivorsOf,
} from "./living-attempt.ts";

const sighup = 1;
const sigkill = 9;
const sigcont = 18;
const firstBackoffMs = 5;
const longestBackoffMs = 500;
// For waking a keeper that has lost its socket: it needs 1 ms to create another.
const calls = 5;
const betweenCallsMs = 100;
const pollMs = 1000;

export interface EmergencyStop {
  attemptsDir: string;
  stateDir: string;
  peek: Peek;
  keeperProgram: string;
  clock: Clock;
  /** Ids of jobs; "own": only the attempt that this process is part of. */
  jobs: readonly number[] | "all" | "own";
  /** The attempt that this process is part of. Stopping it ends this process, so only "own" stops it. */
  ownAttempt: string | null;
  dryRun: boolean;
  /** From the first signal to KILL. */
  graceMs: number;
  /** After this, what still lives is named and left running. */
  timeoutMs: number;
}

/**
 * Ends attempts without a server: through their keepers if those live, otherwise by the rules by which
 * a server finds a lost keeper's survivors. Only identities on which records and kernel agree are
 * signalled.
 */
export async function emergencyStop(options: EmergencyStop): Promise<StoppedAttempt[]> {
  const signals = new Signals(options.keeperProgram);
  const { jobs, ownAttempt } = options;
  const wanted = (await attemptsOnDisk(options.attemptsDir, options.peek)).filter((attempt) => {
    if (jobs === "own") return attempt.id === ownAttempt;
    return jobs === "all" || (jobs.includes(jobOf(attempt) ?? 0) && isNumbered(options, attempt));
  });
  const ended = await Promise.all(wanted.map((attempt) => hasEnded(signals, attempt)));
  const attempts = wanted.filter((_, index) => ended[index] !== true);
  const stopped = await Promise.all(attempts.map((attempt) => stopOne(options, attempt)));
  // A number may belong to a job of either folder.
  if (jobs !== "all") return stopped;
  const find = () =>
    abandonedHere(options.stateDir, options.peek).filter(({ attempt }) => attempt !== ownAttempt);
  return [...stopped, ...(await stopAbandoned({ ...options, find, signals }))];
}

/** The number of an attempt that the database does not know may belong to another job there. */
function isNumbered({ peek }: EmergencyStop, { known, intent }: AttemptOnDisk): boolean {
  const uuid = known !== null || intent === null ? null : peek.jobUuid(intent.job);
  return uuid === null || uuid === intent?.job_uuid;
}

async function stopOne(options: EmergencyStop, attempt: AttemptOnDisk): Promise<StoppedAttempt> {
  const signals = new Signals(options.keeperProgram);
  const report = (did: StoppedAttempt["did"], more: Partial<StoppedAttempt> = {}) => ({
    job: jobOf(attempt),
    attempt: attempt.id,
    command: attempt.intent?.command ?? [],
    did,
    keeper: null,
    namespace: null,
    stateDir: null,
    processes: [],
    left: [],
    ...more,
  });
  if (attempt.id === options.ownAttempt && options.jobs !== "own" && !options.dryRun)
    return report("is stopped last", { processes: named(attempt) });
  if (sightOfAttempt(attempt) === "elsewhere") {
    const namespace = namespaceOf(attempt)?.inode ?? null;
    const { did, processes } = await stopUnseen(options, attempt, signals);
    return report(did, { namespace, processes });
  }
  if (isUnclaimed(attempt)) {
    if (options.dryRun) return report("would be kept from starting");
    const voided = await attempt.folder.voidClaim({
      boot_id: bootId(),
      voided_at_ms: options.clock.nowMs(),
    });
    if (voided) return report("kept from starting");
    // A keeper was faster.
    return stopOne(options, { ...attempt, claim: await attempt.folder.readClaim() });
  }
  const keeper = await livingKeeper(signals, attempt);
  const claim = keeperClaimOf(attempt);
  const living = named(attempt);
  if (options.dryRun) {
    const did = keeper !== null || living.length > 0 ? "would be stopped" : "nothing lives";
    return report(did, { keeper: keeper?.pid ?? null, processes: living });
  }
  if (keeper !== null && claim !== null) {
    const exit = await askKeeper(options, attempt, claim, signals);
    if (exit !== null) {
      const processes = exit.processes.map(({ pid, comm }) => ({ pid, command: comm }));
      return report("stopped by its keeper", { keeper: keeper.pid, processes });
    }
    // It does not answer and cannot prove anything: it is killed first, so that it starts nothing more.
    await signals.send(bootId(), [keeper], sigkill);
  }
  const isEmpty = living.length === 0 && groupIsEmpty(attempt) !== false;
  const { seen, left } =
    keeper === null && isEmpty ? { seen: [], left: [] } : await sweep(options, attempt, signals);
  const found = { processes: seen, left };
  if (left.length > 0) return report("still lives", found);
  // What hides from the search would be found by its group only.
  if (groupIsEmpty(attempt) === "unseen") return report("cannot be seen", found);
  return report(
    seen.length === 0 && keeper === null ? "nothing lives" : "stopped without its keeper",
    found,
  );
}

/**
 * Only the keeper can report and signal processes that cannot be seen: its socket is a file that both
 * namespaces share.
 */
async function stopUnseen(
  options: EmergencyStop,
  attempt: AttemptOnDisk,
  signals: Signals,
): Promise<Pick<StoppedAttempt, "did" | "processes">> {
  const claim = claimOf(attempt);
  const unseen = { did: "cannot be seen" as const, processes: [] };
  if (claim === null) return unseen;
  if (options.dryRun) {
    const silent = { onStatus() {}, onEnded() {}, onClose() {} };
    const link = await openLink(options, attempt, claim, silent, signals);
    link?.close();
    return link === null ? unseen : { did: "would be stopped", processes: [] };
  }
  const exit = await askKeeper(options, attempt, claim, signals, "unseen");
  if (exit === null) return unseen;
  const processes = exit.processes.map(({ pid, comm }) => ({ pid, command: comm }));
  return { did: "stopped by its keeper", processes };
}

function openLink(
  { clock }: Pick<EmergencyStop, "clock">,
  attempt: AttemptOnDisk,
  claim: KeeperClaim,
  listener: KeeperListener,
  signals: Signals,
): Promise<KeeperLink | null> {
  return KeeperLink.open(attempt.folder.path, claim.nonce, clock, listener, (reached) =>
    signals.isKeeper(reached, claim),
  );
}

/** Nothing can have been executed: there is neither claim nor record, and the store saw none. */
function isUnclaimed({ claim, exit, unreadable, known }: AttemptOnDisk): boolean {
  return claim === null && exit === null && unreadable.length === 0 && known?.claim == null;
}

/** Null: the keeper lives and does not answer, or its records are not trusted. */
async function askKeeper(
  options: EmergencyStop,
  attempt: AttemptOnDisk,
  claim: KeeperClaim,
  signals: Signals,
  sight: "seen" | "unseen" = "seen",
): Promise<ExitRecord | null> {
  const ended = Promise.withResolvers<ExitRecord | null>();
  let left = Infinity;
  const { clock, graceMs, timeoutMs } = options;
  // It may have been stopped. If its pid belongs to another namespace, it gets no signal.
  const isSeen = sight === "seen";
  if (isSeen) {
    await signals.send(bootId(), [claim.keeper], sigcont);
    // It does not answer before its tracer detaches.
    const held = heldUp(claim.keeper.pid, claim.keeper.start);
    if (held?.how === "traced") return finalExit(attempt);
  }
  const listener = {
    onStatus: (status: KeeperStatus) => {
      ({ left } = status);
    },
    onEnded: ({ exit }: { exit: ExitRecord }) => ended.resolve(exit),
    onClose: () => ended.resolve(null),
  };
  const open = () => openLink(options, attempt, claim, listener, signals);
  let link = await open();
  for (let call = 0; link === null && call < (isSeen ? calls : 0); call += 1) {
    // Its socket may have been removed, or replaced.
    await signals.send(bootId(), [claim.keeper], sighup);
    await pause(clock, betweenCallsMs);
    link = await open();
  }
  if (link === null) return finalExit(attempt);
  void link.stop("cancel", graceMs);
  const waiting = new Dwindling(clock, timeoutMs, graceMs);
  let timer: Timer;
  const check = () => {
    if (waiting.isOver(left)) ended.resolve(null);
    else timer = clock.after(pollMs, check);
  };
  timer = clock.after(pollMs, check);
  const exit = await ended.promise;
  timer.cancel();
  link.close();
  return exit ?? finalExit(attempt);
}

/** For a keeper whose end was not reported. */
async function finalExit(attempt: AttemptOnDisk): Promise<ExitRecord | null> {
  const exit = await attempt.folder.readExit().catch(() => null);
  return exit !== null && isConfirmed(attempt, exit) ? exit : null;
}

async function sweep(
  { clock, timeoutMs }: EmergencyStop,
  attempt: AttemptOnDisk,
  signals: Signals,
): Promise<{ seen: StoppedAttempt["processes"]; left: StoppedAttempt["left"] }> {
  const group = groupOf(attempt);
  const seen = new Map<number, string>();
  const waiting = new Dwindling(clock, timeoutMs);
  const outrun = new Outrun();
  let quiet = 0;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    const found = survivorsOf(attempt);
    for (const { identity, comm } of found) seen.set(identity.pid, comm);
    const empty = found.length === 0 && groupIsEmpty(attempt) !== false;
    quiet = empty ? quiet + 1 : 0;
    const processes = [...seen].map(([pid, command]) => ({ pid, command }));
    if (quiet === 2) return { seen: processes, left: [] };
    const identities = found.map(({ identity }) => identity);
    if (waiting.isOver(found.length)) {
      // Processes that are only stopped so far are not left in that state.
      await signals.send(bootId(), identities, sigkill);
      return {
        seen: processes,
        left: named(attempt).map(({ pid, command }) => ({
          pid,
          command,
          obstacle: findObstacle(pid),
        })),
      };
    }
    if (group !== null) killGroup(group);
    await signals.send(bootId(), identities, outrun.next(found));
    await pause(clock, backoffMs);
  }
}

function named(attempt: AttemptOnDisk): StoppedAttempt["processes"] {
  return survivorsOf(attempt).map(({ identity, comm }) => ({ pid: identity.pid, command: comm }));
}
