import { KeeperLink } from "../containment/keeper-link.ts";
import { killGroup } from "../containment/cgroup.ts";
import { Signals } from "../containment/signals.ts";
import { findSurvivors, provenEmpty } from "../containment/survivors.ts";
import type { StoppedAttempt } from "../contract/rescue.ts";
import type { ExitRecord, KeeperClaim } from "../contract/keeper.ts";
import { bootId } from "../processes/boot.ts";
import { pause, type Clock } from "../system/clock.ts";
import { attemptsOnDisk, keeperClaimOf, lives, type AttemptOnDisk } from "./attempt-on-disk.ts";

const sigkill = 9;
const sigcont = 18;
const firstBackoffMs = 5;
const longestBackoffMs = 500;

export interface EmergencyStop {
  attemptsDir: string;
  keeperProgram: string;
  clock: Clock;
  /** Ids of jobs; null: all. */
  jobs: readonly number[] | null;
  dryRun: boolean;
  /** From the first signal to KILL. */
  graceMs: number;
  /** After which what still lives is named and left. */
  patienceMs: number;
}

/**
 * Ends attempts without a server: by their keepers where those live, otherwise by the same rules by
 * which a server finds a lost keeper's survivors. Only identities that records and kernel agree on
 * are signalled.
 */
export async function emergencyStop(options: EmergencyStop): Promise<StoppedAttempt[]> {
  const signals = new Signals(options.keeperProgram);
  const wanted = (await attemptsOnDisk(options.attemptsDir)).filter(
    ({ intent }) => options.jobs === null || (intent !== null && options.jobs.includes(intent.job)),
  );
  const ended = await Promise.all(wanted.map((attempt) => hasEnded(signals, attempt)));
  const attempts = wanted.filter((_, index) => ended[index] !== true);
  return Promise.all(attempts.map((attempt) => stopOne(options, attempt)));
}

/** The payload can write an exit record; its keeper leaves when it has written its own. */
async function hasEnded(signals: Signals, attempt: AttemptOnDisk): Promise<boolean> {
  if (attempt.exit === null) return false;
  const claim = keeperClaimOf(attempt);
  return claim === null || !(await lives(signals, claim.keeper));
}

async function stopOne(options: EmergencyStop, attempt: AttemptOnDisk): Promise<StoppedAttempt> {
  const signals = new Signals(options.keeperProgram);
  const claim = keeperClaimOf(attempt);
  const report = (did: StoppedAttempt["did"], more: Partial<StoppedAttempt> = {}) => ({
    job: attempt.intent?.job ?? null,
    attempt: attempt.id,
    command: attempt.intent?.command ?? [],
    did,
    keeper: null,
    processes: [],
    left: [],
    ...more,
  });
  if (claim === null) {
    if (attempt.claim !== null) return report("nothing lives");
    if (options.dryRun) return report("would be kept from starting");
    const voided = await attempt.folder.voidClaim({
      boot_id: bootId(),
      voided_at_ms: options.clock.nowMs(),
    });
    if (voided) return report("kept from starting");
    // A keeper was faster.
    return stopOne(options, { ...attempt, claim: await attempt.folder.readClaim() });
  }
  const alive = await lives(signals, claim.keeper);
  const living = survivors(attempt, claim);
  if (options.dryRun) {
    const did = alive || living.length > 0 ? "would be stopped" : "nothing lives";
    return report(did, { keeper: alive ? claim.keeper.pid : null, processes: living });
  }
  if (alive) {
    const exit = await askKeeper(options, attempt, claim, signals);
    if (exit !== null) {
      const processes = exit.processes.map(({ pid, comm }) => ({ pid, command: comm }));
      return report("stopped by its keeper", { keeper: claim.keeper.pid, processes });
    }
    // It does not answer and cannot vouch for anything: it goes first, so that nobody starts anew.
    await signals.send(bootId(), [claim.keeper], sigkill);
  }
  if (!alive && living.length === 0) return report("nothing lives");
  const { seen, left } = await sweep(options, attempt, claim, signals);
  return report(left.length === 0 ? "stopped without its keeper" : "still lives", {
    processes: seen,
    left,
  });
}

/** Null: the keeper lives and does not answer. */
async function askKeeper(
  { clock, graceMs, patienceMs }: EmergencyStop,
  attempt: AttemptOnDisk,
  claim: KeeperClaim,
  signals: Signals,
): Promise<ExitRecord | null> {
  const ended = Promise.withResolvers<ExitRecord | null>();
  // Somebody may have stopped it.
  await signals.send(bootId(), [claim.keeper], sigcont);
  const link = await KeeperLink.open(attempt.folder.path, claim.nonce, clock, {
    onStatus: () => undefined,
    onEnded: ({ exit }) => ended.resolve(exit),
    onClose: () => ended.resolve(null),
  });
  if (link === null) return attempt.folder.readExit().catch(() => null);
  link.stop("cancel", graceMs);
  const timer = clock.after(graceMs + patienceMs, () => ended.resolve(null));
  const exit = await ended.promise;
  timer.cancel();
  link.close();
  return exit ?? attempt.folder.readExit().catch(() => null);
}

async function sweep(
  { clock, patienceMs }: EmergencyStop,
  attempt: AttemptOnDisk,
  claim: KeeperClaim,
  signals: Signals,
): Promise<{ seen: StoppedAttempt["processes"]; left: StoppedAttempt["left"] }> {
  const seen = new Map<number, string>();
  const endMs = clock.monotonicMs() + patienceMs;
  let quiet = 0;
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(backoffMs * 2, longestBackoffMs)) {
    const found = findSurvivors(tracesOf(attempt, claim));
    for (const { identity, comm } of found) seen.set(identity.pid, comm);
    const empty = found.length === 0 && provenEmpty(claim.cgroup) !== false;
    quiet = empty ? quiet + 1 : 0;
    const processes = [...seen].map(([pid, command]) => ({ pid, command }));
    if (quiet === 2) return { seen: processes, left: [] };
    if (clock.monotonicMs() >= endMs) return { seen: processes, left: survivors(attempt, claim) };
    if (claim.cgroup !== null) killGroup(claim.cgroup);
    await signals.send(
      bootId(),
      found.map(({ identity }) => identity),
      sigkill,
    );
    await pause(clock, backoffMs);
  }
}

function survivors(attempt: AttemptOnDisk, claim: KeeperClaim): StoppedAttempt["processes"] {
  return findSurvivors(tracesOf(attempt, claim)).map(({ identity, comm }) => ({
    pid: identity.pid,
    command: comm,
  }));
}

function tracesOf({ id, folder }: AttemptOnDisk, claim: KeeperClaim) {
  return { attempt: id, folder: folder.path, claim, cgroup: claim.cgroup };
}
