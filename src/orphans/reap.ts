import type { SignalAnswer } from "../containment/signals.ts";
import type {
  OrphanPlan,
  OrphanReceipt,
  PlannedProcess,
  ReapRequest,
} from "../contract/orphan-plan.ts";
import type { ProcessIdentity } from "../contract/keeper.ts";
import { readStat } from "../processes/proc-stat.ts";
import { waitChannelOf } from "../processes/process-table.ts";
import { pause, type Clock } from "../system/clock.ts";
import { isFinished } from "./scene.ts";

type End = OrphanReceipt["processes"][number];

export interface ReapParts {
  clock: Clock;
  /** `Signals.send`: compares the identity and signals through a pidfd. */
  send: (
    bootId: string,
    identities: readonly ProcessIdentity[],
    signal: number,
  ) => Promise<SignalAnswer[]>;
}

const term = 15;
const cont = 18;
const kill = 9;
const pollMs = 50;
// A process blocked in the kernel ends only when the kernel call returns.
const killTimeoutMs = 5000;

/**
 * Sends SIGTERM and SIGCONT to all, waits the grace period, sends SIGKILL to the rest, and confirms
 * that they are gone. `refusals`: why a process is left running, by pid. Returns one result for
 * each process of the plan.
 */
export async function reapPlan(
  { clock, send }: ReapParts,
  plan: OrphanPlan,
  refusals: ReadonlyMap<number, Pick<End, "end" | "message">>,
  { dryRun, graceMs }: Required<Pick<ReapRequest, "dryRun" | "graceMs">>,
): Promise<End[]> {
  const ends = new Map<number, Pick<End, "end" | "message">>(refusals);
  const all = plan.trees.flatMap(({ processes }) => processes);
  const wanted = all.filter(({ pid }) => !ends.has(pid));
  const note = (targets: readonly PlannedProcess[], answers: readonly SignalAnswer[]) => {
    for (const [index, { pid }] of targets.entries()) {
      const end = endOf(answers[index] ?? "error");
      if (end !== null) ends.set(pid, end);
    }
  };
  const signal = async (targets: readonly PlannedProcess[], number: number) =>
    note(targets, await send(plan.bootId, targets, number));
  const open = () => wanted.filter(({ pid }) => !ends.has(pid));
  const settle = (how: "term" | "kill") => {
    for (const one of open())
      if (!lives(one))
        ends.set(one.pid, { end: how, message: `it ended after SIG${how.toUpperCase()}` });
  };

  if (dryRun) {
    await signal(open(), 0);
    for (const { pid } of open())
      ends.set(pid, {
        end: "would signal",
        message: "SIGTERM, then SIGKILL after the grace period",
      });
  }
  // A process that ends between two signals is found by `settle`, with the signal that ended it.
  await signal(open(), term);
  // A stopped process acts on SIGTERM only when it continues.
  if (open().length > 0) await send(plan.bootId, open(), cont);
  await until(clock, graceMs, () => {
    settle("term");
    return open().length === 0;
  });
  settle("term");
  await signal(open(), kill);
  await until(clock, killTimeoutMs, () => {
    settle("kill");
    return open().length === 0;
  });
  return all.map((one) => {
    const { pid, start, command } = one;
    const { end, message } = ends.get(pid) ?? { end: "lives", message: whereItIs(one) };
    return { pid, start, command, end, message };
  });
}

/** Null: the signal was sent. */
function endOf(answer: SignalAnswer): Pick<End, "end" | "message"> | null {
  switch (answer) {
    case "sent":
      return null;
    case "gone":
      return { end: "gone before", message: "it ended before any signal" };
    case "changed":
      return {
        end: "gone before",
        message: "its pid now belongs to another process; no signal was sent",
      };
    case "denied":
      return { end: "denied", message: "this user may not signal it" };
    case "error":
      return { end: "denied", message: "the signal could not be sent" };
  }
}

export function lives({ pid, start }: Pick<PlannedProcess, "pid" | "start">): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.start === start && !isFinished(stat);
}

function whereItIs({ pid }: PlannedProcess): string {
  const stat = readStat(pid);
  return `it is still alive, in state ${stat?.state ?? "?"}, waiting in ${waitChannelOf(pid) ?? "an unknown place"}`;
}

async function until(clock: Clock, timeoutMs: number, done: () => boolean): Promise<void> {
  const giveUpAt = clock.monotonicMs() + timeoutMs;
  while (!done() && clock.monotonicMs() < giveUpAt) await pause(clock, pollMs);
}
