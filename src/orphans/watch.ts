import { counted } from "../contract/counted.ts";
import type { WatchEvent, WatchRequest } from "../contract/orphan-watch.ts";
import type { OrphanReceipt } from "../contract/orphan-plan.ts";
import type { OrphanScan, Suspect } from "../contract/orphans.ts";
import type { Result } from "../contract/problems.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Clock } from "../system/clock.ts";
import { nextRound, type Sighted, type WatchNews, type WatchPolicy } from "./watch-round.ts";

export interface WatchParts {
  clock: Clock;
  /** CPU time of this program in milliseconds, since it started. */
  processorMs: () => number;
  scan: (asked: { allUsers: boolean }) => Promise<Result<OrphanScan>>;
  /**
   * Inspects again, plans the `suspects` that are still suspected for the same reason, and reaps
   * them.
   */
  reap: (suspects: readonly Suspect[], allUsers: boolean) => Promise<OrphanReceipt | null>;
  policy: WatchPolicy;
}

type Publish = (event: WatchEvent) => void;

/**
 * Scans repeatedly and reports changes until `signal` aborts. A watch keeps its own observations; a
 * new watch starts without any. A failed round is reported and does not end the watch.
 */
export async function watch(
  parts: WatchParts,
  { intervalMs, dryRun, allUsers }: WatchRequest,
  publish: Publish,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = parts;
  const policy = dryRun ? { ...parts.policy, reap: new Set<never>() } : parts.policy;
  let known: ReadonlyMap<string, Sighted> = new Map();
  const say = (event: Partial<WatchEvent> & Pick<WatchEvent, "type" | "message">) =>
    publish({ atMs: clock.nowMs(), suspect: null, round: null, receipt: null, ...event });

  const round = async () => {
    const began = { ms: clock.monotonicMs(), processorMs: parts.processorMs() };
    const scan = await parts.scan({ allUsers });
    if (!scan.ok) throw new RefusalError(scan.refusal);
    const { seen, suspects } = scan.value;
    const next = nextRound(known, suspects, clock.monotonicMs(), policy);
    known = next.known;
    for (const news of next.news)
      say({ type: news.type, message: messageOf(news), suspect: news.suspect });
    // The watch may have been aborted during the scan.
    if (next.ripe.length > 0 && !signal.aborted) await reap(next.ripe);
    say({
      type: "round",
      message: `${counted(seen, "process", "processes")}, ${counted(suspects.length, "suspect")}`,
      round: {
        seen,
        suspects: suspects.length,
        tookMs: clock.monotonicMs() - began.ms,
        processorMs: parts.processorMs() - began.processorMs,
      },
    });
  };

  const reap = async (ripe: readonly Suspect[]) => {
    try {
      const receipt = await parts.reap(ripe, allUsers);
      if (receipt !== null) say({ type: "reaped", message: describeEnd(receipt), receipt });
    } catch (error) {
      say({ type: "reap-failed", message: (error as Error).message });
    }
  };

  while (!signal.aborted) {
    const beganMs = clock.monotonicMs();
    try {
      await round();
    } catch (error) {
      say({ type: "round-failed", message: (error as Error).message });
    }
    await pauseUntil(clock, beganMs + intervalMs, signal);
  }
}

/** Resolves at this time, or when aborted. */
async function pauseUntil(clock: Clock, atMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = clock.after(Math.max(0, atMs - clock.monotonicMs()), resolve);
  const calledOff = () => resolve();
  signal.addEventListener("abort", calledOff);
  await promise;
  signal.removeEventListener("abort", calledOff);
  timer.cancel();
}

function messageOf(news: WatchNews): string {
  const { root, class: kind, confidence } = news.suspect;
  const command = news.suspect.processes[0]?.command ?? "";
  if (news.type === "gone") return `${root} is no longer suspected: ${command}`;
  const now = `${kind}, ${confidence}`;
  if (news.type === "found") return `${root} is suspected (${now}): ${command}`;
  return `${root} was ${news.was.class}, ${news.was.confidence}, and is now ${now}: ${command}`;
}

function describeEnd({ plan, processes }: OrphanReceipt): string {
  const ended = processes.filter(({ end }) => end === "term" || end === "kill").length;
  return `plan ${plan} ended ${ended} of ${counted(processes.length, "process", "processes")}`;
}
