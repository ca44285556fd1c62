import { RefusalError } from "../../contract/problems.ts";
import type { Context, Interrupt } from "../context.ts";
import { exitCodes } from "../format/exit-code.ts";
import { problemLines } from "../format/problem.ts";
import { onHangUp, onInterrupt, onKey, type Stage, type Step } from "./interruption.ts";
import type { LiveJob } from "./live-job.ts";

/** The follower leaves and the job continues. */
export class Leaving extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super("detached");
    this.exitCode = exitCode;
  }
}

const hangUpCodes = { SIGTERM: 128 + 15, SIGHUP: 128 + 1 } as const;

const question = "[d]etach  [c]ancel  [k]ill  or any other key to continue";

/**
 * Turns Ctrl+C into a question, a cancel or a kill, and a hang-up into leaving. Aborts `over` with
 * Leaving. Returns the way to stop listening.
 */
export function listenForInterrupts(
  context: Context,
  live: LiveJob,
  over: AbortController,
): () => void {
  const canAsk = context.keyboard.present && context.screen.live;
  let stage: Stage = "following";
  let exitCode: number = exitCodes.unknown;
  let asked = new AbortController();

  const take = (step: Step) => {
    stage = step.stage;
    // A step that fails (the terminal is gone) ends the following.
    if (step.act !== null) act(step.act).catch((error: unknown) => over.abort(error));
  };
  const ask = async () => {
    asked = new AbortController();
    await live.ask(question);
    const key = await context.keyboard.key(asked.signal);
    await live.ask(null);
    if (key !== null) take(onKey(stage, key));
  };
  const stop = async (verb: "cancel" | "kill") => {
    asked.abort();
    await request(context, live.job.id, verb);
  };
  const act = async (what: NonNullable<Step["act"]>) => {
    if (what === "ask") await ask();
    else if (what === "cancel" || what === "kill") await stop(what);
    else if (what === "detach") over.abort(new Leaving(exitCode));
  };

  const release = context.onInterrupt((signal: Interrupt) => {
    if (signal === "SIGINT") {
      take(onInterrupt(stage, canAsk));
      return;
    }
    exitCode = hangUpCodes[signal];
    take(onHangUp());
  });
  return () => {
    release();
    asked.abort();
  };
}

async function request({ server, screen }: Context, id: number, verb: "cancel" | "kill") {
  try {
    await server[verb](id);
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    // It ended at the same moment, which is the requested result.
    if (error.refusal.code === "already_ended") return;
    for (const line of problemLines(error.refusal)) await screen.say(line);
  }
}
