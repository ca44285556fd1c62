import { Dwindling } from "./dwindling.ts";
import type { AbandonedAttempt } from "../containment/abandoned.ts";
import { findObstacle } from "../containment/obstacle.ts";
import type { Signals } from "../containment/signals.ts";
import type { ProcessIdentity } from "../contract/keeper.ts";
import type { StoppedAttempt } from "../contract/rescue.ts";
import { bootId } from "../processes/boot.ts";
import { runsKeeper } from "../processes/keeper-program.ts";
import { commandOf } from "../processes/process-table.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { pause, type Clock } from "../system/clock.ts";

const sigkill = 9;
const sigterm = 15;
const sigcont = 18;
const pollMs = 50;

export interface StopAbandoned {
  /** Searches the machine again. */
  find: () => AbandonedAttempt[];
  signals: Pick<Signals, "identify" | "send">;
  clock: Clock;
  dryRun: boolean;
  graceMs: number;
  timeoutMs: number;
}

/**
 * Ends what lives of a state folder that is gone. There is no socket for requests: SIGTERM to the
 * keeper is its orderly stop. After the grace the members get SIGKILL, and so does a keeper that has
 * not ended them by then, so that nothing waits for it.
 */
export async function stopAbandoned(options: StopAbandoned): Promise<StoppedAttempt[]> {
  return Promise.all(options.find().map((found) => stopOne(options, found)));
}

async function stopOne(options: StopAbandoned, found: AbandonedAttempt): Promise<StoppedAttempt> {
  const { attempt, job, keeper, members, stateDir, movedTo } = found;
  const report = (did: StoppedAttempt["did"], more: Partial<StoppedAttempt> = {}) => ({
    job,
    attempt,
    command: members.slice(0, 1).map(({ pid, comm }) => commandOf(pid, comm)),
    did,
    keeper: keeper?.pid ?? null,
    namespace: null,
    stateDir,
    processes: members.map(described),
    left: [],
    ...more,
  });
  if (movedTo !== null) return report("its state folder was moved", { stateDir: movedTo });
  if (options.dryRun) return report("would be stopped");
  const left = await end(options, found);
  if (left.length > 0) return report("still lives", { left: left.map(stillAlive) });
  return report(keeper === null ? "stopped without its keeper" : "stopped by its keeper");
}

/** Returns what lives after all timeouts. */
async function end(options: StopAbandoned, found: AbandonedAttempt): Promise<ProcessStat[]> {
  const { clock, graceMs, timeoutMs } = options;
  const beganMs = clock.monotonicMs();
  const asked = { keeper: 0 };
  const waiting = new Dwindling(clock, timeoutMs, graceMs);
  for (;;) {
    const now = options.find().find(({ attempt }) => attempt === found.attempt);
    if (now === undefined) return [];
    const passedMs = clock.monotonicMs() - beganMs;
    const left = [...now.members, ...keeperOf(now)];
    if (waiting.isOver(left.length)) return left;
    await pressOn(options, now, passedMs, asked);
    await pause(clock, pollMs);
  }
}

async function pressOn(
  options: StopAbandoned,
  { keeper, members }: AbandonedAttempt,
  passedMs: number,
  asked: { keeper: number },
): Promise<void> {
  const { graceMs, timeoutMs } = options;
  const isLate = passedMs >= graceMs;
  if (keeper !== null && runsKeeper(keeper.pid) !== false) {
    // Once for the stop, and once more when nothing is left: it would wait for its folder.
    const isWanted = asked.keeper === 0 || (members.length === 0 && asked.keeper === 1);
    if (isWanted) {
      asked.keeper += 1;
      await send(options, [keeper], [sigcont, sigterm]);
    }
    if (passedMs >= graceMs + timeoutMs / 2) await send(options, [keeper], [sigkill]);
  }
  if (keeper === null || isLate) await send(options, members, [sigkill]);
}

/** Only to the exact processes that were found. */
async function send(
  { signals }: StopAbandoned,
  processes: readonly ProcessStat[],
  numbers: readonly number[],
): Promise<void> {
  const identities = await signals.identify(processes.map(({ pid }) => pid));
  const same = identities.filter(
    (one, index): one is ProcessIdentity =>
      one !== null && one !== "unknown" && one.start === processes[index]?.start,
  );
  for (const number of numbers) await signals.send(bootId(), same, number);
}

function keeperOf({ keeper }: AbandonedAttempt): ProcessStat[] {
  return keeper === null ? [] : [keeper];
}

function stillAlive(stat: ProcessStat): StoppedAttempt["left"][number] {
  return Object.assign(described(stat), { obstacle: findObstacle(stat.pid) });
}

function described({ pid, comm }: ProcessStat): { pid: number; command: string } {
  return { pid, command: comm };
}
