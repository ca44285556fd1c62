import type { Job } from "../../client/client.ts";
import type { DroppedOutput } from "../../client/output.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";
import { titleOf } from "../format/command-line.ts";
import { droppedMessage } from "../format/dropped-message.ts";
import { exitCodeOf, exitCodes } from "../format/exit-code.ts";
import { describeEnd } from "../format/describe-job.ts";
import { BrokenPipe, OutputFailure } from "../terminal/sink.ts";
import { together } from "../together.ts";
import { watchJob } from "../watch.ts";
import { Leaving, listenForInterrupts } from "./interrupts.ts";
import { printHints } from "./hints.ts";
import { LiveJob } from "./live-job.ts";
import { Outage } from "./outage.ts";
import { pollProgress } from "./progress.ts";

/**
 * Follows a job to its end: its output goes to stdout and stderr, its state to stderr. Resolves
 * with its exit code, or with another one if the follower left before (see Leaving).
 */
export async function follow(context: Context, submitted: Job): Promise<number> {
  const { screen, clock } = context;
  const over = new AbortController();
  const live = new LiveJob(screen, clock, submitted);
  const stopListening = listenForInterrupts(context, live, over);
  const stopPolling = pollProgress(context, live);
  const stopHints = printHints(context, submitted.id);
  try {
    await together(over, parts(context, live, over.signal));
    await live.close();
    await screen.say(describeEnd(live.job, titleOf(live.job.spec), clock.nowMs()));
    return exitCodeOf(live.job);
  } catch (error) {
    await live.close();
    if (error instanceof Leaving) {
      await screen.say(detachedMessage(live.job));
      return error.exitCode;
    }
    if (error instanceof BrokenPipe) {
      await screen.say(`the reader of the output has closed it; ${detachedMessage(live.job)}`);
      return exitCodes.brokenPipe;
    }
    if (error instanceof RefusalError || error instanceof OutputFailure)
      await screen.say(detachedMessage(live.job));
    throw error;
  } finally {
    stopListening();
    stopPolling();
    stopHints();
  }
}

function parts(context: Context, live: LiveJob, signal: AbortSignal): Promise<void>[] {
  const { spec } = live.job;
  const outputs = spec.output === "split" ? (["stdout", "stderr"] as const) : (["stdout"] as const);
  return [
    watchToEnd(context, live, signal),
    ...outputs.map((stream) => copyOutput(context, live.job, stream, signal)),
  ];
}

async function watchToEnd(context: Context, live: LiveJob, signal: AbortSignal): Promise<void> {
  const outage = new Outage(context.screen, live.job.id);
  const watching = {
    signal,
    onBroken: (error: RefusalError) => outage.broken(error),
    onResumed: () => outage.over(),
  };
  for await (const job of watchJob(context.server, live.job.id, 0, watching)) await live.heard(job);
}

async function copyOutput(
  { server, screen }: Context,
  job: Job,
  stream: "stdout" | "stderr",
  signal: AbortSignal,
): Promise<void> {
  const onDropped = (gap: DroppedOutput) => {
    // A reader that has gone is met by the data.
    void screen.say(droppedMessage(job, stream, gap)).catch(() => undefined);
  };
  try {
    // From the first attempt on: it may have ended before this request.
    const wanted = { stream, fromAttempt: 0, follow: true, signal, onDropped };
    for await (const { bytes } of server.readOutput(job.id, wanted))
      await (stream === "stderr" ? screen.errorData(bytes) : screen.data(bytes));
  } catch (error) {
    // A job that was cancelled before it started has no output.
    if (error instanceof RefusalError && error.refusal.code === "no_output") return;
    throw error;
  }
}

function detachedMessage({ id }: Job): string {
  return `job ${id} continues: holdfast logs -f ${id} follows it, holdfast cancel ${id} ends it`;
}
