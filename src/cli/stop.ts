import type { Job } from "../client/client.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Context } from "./context.ts";
import { titleOf } from "./format/command-line.ts";
import { endWords } from "./format/job-words.ts";
import { hasEnded } from "./format/states.ts";
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
    stopped.push(await ask(id));
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
  const live = new LiveJob(screen, clock, job);
  const release = context.onInterrupt(() => over.abort());
  try {
    const after = await newestEvent(server, job.id);
    for await (const now of watchJob(server, job.id, after, { signal: over.signal }))
      await live.heard(now);
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    release();
    await live.close();
  }
  return live.job;
}

function unproven({ id, stopping }: Job): RefusalError {
  const left = stopping === null ? "" : ` (${stopping.left} of ${stopping.total} processes left)`;
  const what = `It is still being stopped${left}; holdfast wait ${id} waits for the proof, holdfast kill ${id} cuts it short`;
  return new RefusalError({ code: "death_unproven", details: { what } });
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
