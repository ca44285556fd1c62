import type { Client, Job } from "../client/client.ts";
import { problemDocument } from "../contract/problem-document.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Context } from "./context.ts";
import { problemExitCode, problemLines } from "./format/problem.ts";

/** The jobs that the operands select, each once, in the order in which they were named. Throws RefusalError. */
export function selectedJobs({ server, args }: Context): Promise<Job[]> {
  return jobsOf(server, args.operands);
}

/** The same for selectors from elsewhere. */
export async function jobsOf(
  server: Pick<Client, "list">,
  selectors: readonly string[],
): Promise<Job[]> {
  const jobs = new Map<number, Job>();
  for (const select of selectors) {
    let cursor: string | null = null;
    const found: Job[] = [];
    do {
      const page = await server.list({
        select,
        limit: 500,
        ...(cursor === null ? {} : { cursor }),
      });
      found.push(...page.jobs);
      cursor = page.nextCursor;
    } while (cursor !== null);
    if (found.length === 0)
      throw new RefusalError({ code: "no_such_job", details: { selector: select } });
    // The server answers newest first; people count upwards.
    for (const job of found.toReversed()) if (!jobs.has(job.id)) jobs.set(job.id, job);
  }
  return [...jobs.values()];
}

/**
 * Does the same to each selected job. A refusal for one is told and does not keep the others from
 * it. Resolves with the first exit code that is not 0.
 */
export async function forEachJob(
  context: Context,
  action: (job: Job) => Promise<number>,
): Promise<number> {
  let exitCode = 0;
  for (const job of await selectedJobs(context)) {
    const code = await withRefusalTold(context, () => action(job));
    if (exitCode === 0) exitCode = code;
  }
  return exitCode;
}

/** Runs `action`; a refusal is written to stderr and becomes its exit code. */
export async function withRefusalTold(
  { screen, json }: Pick<Context, "screen" | "json">,
  action: () => Promise<number>,
): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const document = problemDocument(error.refusal);
    if (json) await screen.say(JSON.stringify(document));
    else for (const line of problemLines(error.refusal)) await screen.say(line);
    return problemExitCode(error.refusal);
  }
}
