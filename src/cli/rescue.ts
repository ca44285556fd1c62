import { StallTimeout } from "../client/stall-timeout.ts";
import type { ProblemDocument } from "../contract/server.ts";
import { problems, RefusalError, type ProblemCode } from "../contract/problems.ts";
import type { RescueAnswer } from "../contract/rescue.ts";
import type { Context } from "./context.ts";

type Verb = RescueAnswer["verb"];

/** It has no timeout: the program always ends. */
const limits = { stallMs: Infinity, sayAfterMs: 5000 };

const awaited: Record<Verb, string> = {
  "emergency-stop": "the processes to end",
  adoptable: "the attempts to be read",
  import: "the history to be read",
  repair: "the database to be rebuilt",
  "check-config": "the configuration to be read",
  uninstall: "the files to be found or removed",
  "namespace-ended": "the attempts to be read",
};

/** Runs a verb of the program that needs no server, and reports what it does. Throws RefusalError. */
export async function rescue<V extends Verb>(
  { rescueProgram, screen, clock }: Pick<Context, "rescueProgram" | "screen" | "clock">,
  verb: V,
  ...args: string[]
): Promise<Extract<RescueAnswer, { verb: V }>> {
  // A terminal that is gone is detected when data is written.
  const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);
  const timeout = new StallTimeout(clock, { onWaiting }, awaited[verb], limits);
  const timer = timeout.watch(() => undefined);
  const { code, stdout, stderr } = await rescueProgram([verb, ...args]).finally(() =>
    timer.cancel(),
  );
  if (code === 0) return JSON.parse(stdout) as Extract<RescueAnswer, { verb: V }>;
  throw refusalIn(stderr) ?? new Error(`${verb} ended with ${code}: ${stderr.trim()}`);
}

/** The refusal that such a program printed, if any. */
export function refusalIn(text: string): RefusalError | null {
  const line = text.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return null;
  const { code, details } = JSON.parse(line) as ProblemDocument;
  if (!Object.hasOwn(problems, code)) return null;
  return new RefusalError({ code: code as ProblemCode, details });
}
