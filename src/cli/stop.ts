import type { Job } from "../client/client.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Context } from "./context.ts";
import { titleOf } from "./format/command-line.ts";
import { printable } from "./format/printable.ts";
import { endWords } from "./format/job-words.ts";
import { canBeCutShort, remediesFor, survivorWords } from "./format/stopping.ts";
import { hasEnded } from "./format/states.ts";
import { durationValue } from "./grammar/values.ts";
import { LiveJob } from "./follow/live-job.ts";
import { forEachJob, withRefusalTold } from "./select.ts";
import { newestEvent, watchJob } from "./watch.ts";

/**
 * What `cancel` and `kill` do: ask for the end of each job, then show each stop until the death is
 * proven. Resolves with 0 only when nothing of any of them lives.
 */
export async function stopJobs(
  context: Context,
  ask: (id: number) => Promise<Job>,
): Promise<number> {
  const stopped: Job[] = [];
  let exitCode = await forEachJob(context, async ({ id }) => {
    const job = await ask(id);
    stopped.push(job);
    // The disk has not taken the request, its keeper is held up, or did not prolong the stop.
    if (!hasEnded(job) && job.message !== null)
      await context.screen.say(`job ${id}: ${printable(job.message)}`);
    return 0;
  });
  for (const job of stopped) {
    const code = await withRefusalTold(context, () => seeDead(context, job));
    if (exitCode === 0) exitCode = code;
  }
  return exitCode;
}

async function seeDead(context: Context, job: Job): Promise<number> {
  const last = context.args.has("--no-wait") ? job : await watchStop(context, job);
  if (context.json) await context.screen.document(last);
  if (!hasEnded(last)) throw unproven(last);
  if (!context.json)
    await context.screen.say(endWords(last, titleOf(last.spec), context.clock.nowMs()));
  return 0;
}

/** The ended job; or, after Ctrl+C, what was known last. The stop itself goes on. */
async function watchStop(context: Context, job: Job): Promise<Job> {
  const { server, screen, clock } = context;
  const over = new AbortController();
  const patience = new Patience(context, () => over.abort());
  const live = new LiveJob(screen, clock, job, job.message);
  const release = context.onInterrupt(() => over.abort());
  try {
    const after = await newestEvent(server, job.id);
    for await (const now of watchJob(server, job.id, after, { signal: over.signal })) {
      patience.heard(now);
      await live.heard(now);
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    release();
    patience.end();
    await live.close();
  }
  // Why nothing happens may have been seen since the last event.
  return hasEnded(live.job) ? live.job : await server.show(job.id);
}

const usualPatienceMs = 60_000;

/**
 * Ends the waiting for a stop that is stuck, or that no keeper has begun: one answers within
 * milliseconds. A stop that goes on, or whose grace has not run out, is waited for.
 */
class Patience {
  readonly #clock: Context["clock"];
  readonly #untilMs: number;
  readonly #giveUp: () => void;
  #timer: { cancel(): void } | null = null;

  constructor({ args, clock }: Context, giveUp: () => void) {
    this.#clock = clock;
    this.#untilMs = clock.monotonicMs() + (durationValue(args, "--wait") ?? usualPatienceMs);
    this.#giveUp = giveUp;
  }

  heard({ stopping }: Job): void {
    if (stopping?.stuck !== true && stopping?.phase !== "asked") return this.end();
    const leftMs = Math.max(0, this.#untilMs - this.#clock.monotonicMs());
    this.#timer ??= this.#clock.after(leftMs, this.#giveUp);
  }

  end(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }
}

function unproven({ id, stopping, message }: Job): RefusalError {
  if (stopping?.stuck === true) {
    const who =
      stopping.container === null
        ? stopping.survivors.map(survivorWords).join(", ")
        : `its ${stopping.container.runtime} container (${stopping.container.words})`;
    const remedies = stopping.container === null ? remediesFor(stopping.survivors) : [];
    const what = [
      `It is stuck on ${who}`,
      ...remedies.map((remedy) => `to end it: ${remedy}`),
      "the stop goes on by itself and its GPUs stay taken",
      `holdfast show ${id} tells more, holdfast wait ${id} waits for the proof`,
    ].join("; ");
    return new RefusalError({ code: "death_unproven", details: { what } });
  }
  const isHeldUp = stopping?.phase === "asked" && message !== null;
  const kill = canBeCutShort(stopping) && !isHeldUp ? `, holdfast kill ${id} cuts it short` : "";
  const why = message === null ? "" : ` (${printable(message)})`;
  const what = `It is still being stopped${leftWords(stopping)}${why}; holdfast wait ${id} waits for the proof${kill}`;
  return new RefusalError({ code: "death_unproven", details: { what } });
}

/** Nothing about counts that nothing has been counted for yet. */
function leftWords(stopping: Job["stopping"]): string {
  if (stopping === null) return "";
  if (stopping.gpus.length > 0) return " (waiting for GPU memory)";
  const { left, total } = stopping;
  return left === null || total === null ? "" : ` (${left} of ${total} processes left)`;
}

/** For the verbs that change a job and have nothing to wait for. */
export async function changeJobs(
  context: Context,
  change: (id: number) => Promise<Job>,
  words: (job: Job) => string,
): Promise<number> {
  return await forEachJob(context, async ({ id }) => {
    const job = await change(id);
    if (context.json) await context.screen.document(job);
    else await context.screen.say(words(job));
    return 0;
  });
}
