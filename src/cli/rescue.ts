import type { ProblemDocument } from "../contract/server.ts";
import { problems, RefusalError, type ProblemCode } from "../contract/problems.ts";
import type { RescueAnswer } from "../contract/rescue.ts";
import type { Context } from "./context.ts";

type Verb = RescueAnswer["verb"];

/** Has the program that needs no server do something. Throws RefusalError. */
export async function rescue<V extends Verb>(
  { rescueProgram }: Pick<Context, "rescueProgram">,
  verb: V,
  ...words: string[]
): Promise<Extract<RescueAnswer, { verb: V }>> {
  const { code, stdout, stderr } = await rescueProgram([verb, ...words]);
  if (code === 0) return JSON.parse(stdout) as Extract<RescueAnswer, { verb: V }>;
  throw refusalIn(stderr) ?? new Error(`${verb} ended with ${code}: ${stderr.trim()}`);
}

/** The refusal that such a program ends with, if it is one. */
export function refusalIn(text: string): RefusalError | null {
  const line = text.trim().split("\n").at(-1) ?? "";
  if (!line.startsWith("{")) return null;
  const { code, details } = JSON.parse(line) as ProblemDocument;
  if (!Object.hasOwn(problems, code)) return null;
  return new RefusalError({ code: code as ProblemCode, details });
}
