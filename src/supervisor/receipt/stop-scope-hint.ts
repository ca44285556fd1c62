import { counted } from "../../contract/counted.ts";
import { signalNumbers } from "../../contract/signal-numbers.ts";
import type { ExitRecord } from "../../contract/keeper.ts";
import type { JobSpec } from "../../job/spec.ts";

/**
 * What to change if the first signal seems to have reached the wrong processes: it reached those that
 * the main process needed in order to save, or missed those that would have saved. Null: no sign of it.
 */
export function stopScopeHint(
  { stopScope, stopSignal, adopt }: Pick<JobSpec, "stopScope" | "stopSignal" | "adopt">,
  exit: Pick<ExitRecord, "main" | "processes" | "times" | "grace_ms">,
): string | null {
  const { term_ms: termMs, main_ended_ms: mainEndedMs } = exit.times;
  // Without a first signal, or with a main process that had ended before it, there was no choice.
  if (adopt !== undefined || termMs === null || mainEndedMs === null || mainEndedMs < termMs)
    return null;
  const others = exit.processes.filter(({ pid }) => pid !== exit.main.pid);
  if (stopScope === "main") {
    const killed = others.filter(({ how }) => how === "kill").length;
    return killed === 0
      ? null
      : `${counted(killed, "process", "processes")} got no signal before SIGKILL, because only the main process gets the first one; --stop-scope main-first signals the others as well`;
  }
  // Before that the others got no signal.
  const halfMs = (exit.grace_ms ?? 0) / 2;
  if (stopScope === "main-first" && mainEndedMs - termMs < halfMs) return null;
  const first = signalNumbers[stopSignal];
  // The others got the signal then, if they had been started by then.
  const signalledMs = termMs + (stopScope === "main-first" ? halfMs : 0);
  const startedMs = startOf(exit);
  // The status of those that the main process reaped is unknown.
  const before = others.filter(
    ({ how, code, signal, at_ms, start }) =>
      how === "term" &&
      startedMs(start) <= signalledMs &&
      code === null &&
      (signal === null || signal === first) &&
      at_ms !== null &&
      at_ms >= signalledMs &&
      at_ms <= mainEndedMs,
  ).length;
  // A main process that the signal itself ended was not about to save; one with exit code 0 lacked nothing.
  const failed = exit.main.code === null ? exit.main.signal !== first : exit.main.code !== 0;
  if (before === 0 || !failed) return null;
  const fact = `${counted(before, "process", "processes")} ended after SIG${stopSignal} and before the main process, which then failed`;
  return stopScope === "all"
    ? `${fact}; if it needs them to save, use --stop-scope main-first, or jobs.stop_scope in the configuration`
    : `${fact}; if it needs them for longer than half of the grace period, use a longer --grace, or --stop-scope main`;
}

const msPerTick = 10;
/** On a busy machine the main process is claimed this much later than it was started. */
const lateClaimMs = 1000;

/** The earliest that a process was started, by the start of the main process. Unknown: long ago. */
function startOf({
  main,
  processes,
  times,
}: Pick<ExitRecord, "main" | "processes" | "times">): (start: number) => number {
  const mainStart = processes.find(({ pid }) => pid === main.pid)?.start;
  if (mainStart === undefined) return () => -Infinity;
  return (start) => times.claimed_ms - lateClaimMs + (start - mainStart) * msPerTick;
}
