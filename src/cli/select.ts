import type { Job } from "../client/client.ts";
import { problemDocument } from "../contract/problem-document.ts";
import { RefusalError } from "../contract/problems.ts";
import { namedJobs } from "./bulk/chosen.ts";
import type { Context } from "./context.ts";
import { problemExitCode, problemLines } from "./format/problem.ts";

/** The jobs that the operands select, each once, in the order in which they were named. Throws RefusalError. */
export async function selectedJobs({ server, args }: Context): Promise<Job[]> {
  return (await namedJobs(server, args.operands)).jobs;
}

/**
 * Applies an action to each selected job. A refusal for one is reported and does not affect the
 * others. Resolves with the first exit code that is not 0.
 */
export async function forEachJob(
  context: Context,
  action: (job: Job) => Promise<number>,
): Promise<number> {
  return await actOnEach(context, await selectedJobs(context), action);
}

/** The same for jobs that are known. */
export async function actOnEach(
  context: Pick<Context, "screen" | "json">,
  jobs: readonly Job[],
  action: (job: Job) => Promise<number>,
): Promise<number> {
  let exitCode = 0;
  for (const job of jobs) {
    const code = await withRefusalReported(context, () => action(job));
    if (exitCode === 0) exitCode = code;
  }
  return exitCode;
}

/** Runs `action`; a refusal is written to stderr and becomes its exit code. */
export async function withRefusalReported(
  { screen, json }: Pick<Context, "screen" | "json">,
  action: () => Promise<number>,
): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    if (json) await screen.sayDocument(problemDocument(error.refusal));
    else for (const line of problemLines(error.refusal)) await screen.say(line);
    return problemExitCode(error.refusal);
  }
}
