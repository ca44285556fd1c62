import type { Job } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";
import { counted } from "../../contract/counted.ts";
import { exitCodes } from "../format/exit-code.ts";
import { idRanges } from "../format/id-ranges.ts";
import { withRefusalReported } from "../select.ts";
import { abreast, mostAtOnce } from "./abreast.ts";

/** With more jobs than this, only the summary is printed. */
export const mostLines = 20;

export interface Acting {
  jobs: readonly Job[];
  /** They were selected by their state, so a job in another state is skipped. */
  bySelector: boolean;
  /** Process them one after the other, because the order of the answers matters. */
  inOrder?: boolean;
}

/**
 * Applies `act` to each job. A refusal for one is reported and does not affect the others. Resolves
 * with the first exit code, in the order of `jobs`, that is not 0; 130 if Ctrl+C came before all were
 * begun, after a report of those that were.
 */
export async function actOnEach(
  context: Context,
  { jobs, bySelector, inOrder = false }: Acting,
  act: (job: Job) => Promise<number>,
): Promise<number> {
  const { screen } = context;
  const codes: number[] = [];
  const over = new AbortController();
  // A single request is too short to interrupt; Ctrl+C ends the program as usual.
  const release = jobs.length > 1 ? context.onInterrupt(() => over.abort()) : () => undefined;
  let done = 0;
  const progress = async () => {
    if (jobs.length > 1) await screen.status(`${done} of ${jobs.length} jobs done`);
  };
  try {
    await progress();
    const left = await abreast(jobs, inOrder ? 1 : mostAtOnce, over.signal, async (job, index) => {
      codes[index] = await withRefusalReported(context, () => acted(context, job, bySelector, act));
      done += 1;
      await progress();
    });
    await screen.status(null);
    if (left.length === 0) return codes.find((code) => code !== 0) ?? 0;
    await screen.say(leftMessage(jobs, left));
    return exitCodes.interrupted;
  } finally {
    release();
    await screen.status(null);
  }
}

async function acted(
  { screen }: Context,
  job: Job,
  bySelector: boolean,
  act: (job: Job) => Promise<number>,
): Promise<number> {
  try {
    return await act(job);
  } catch (error) {
    if (!bySelector || !(error instanceof RefusalError)) throw error;
    const { code, details } = error.refusal;
    if (code === "no_such_job") await screen.say(`job ${job.id} has been removed since`);
    else if (code === "not_allowed_now")
      await screen.say(
        `job ${job.id} has changed since it was selected and is left as it is: it is ${String(details["state"])}`,
      );
    else throw error;
    return 0;
  }
}

function leftMessage(jobs: readonly Job[], left: readonly Job[]): string {
  const begun = jobs.slice(0, jobs.length - left.length);
  const ids = (some: readonly Job[]) => idRanges(some.map(({ id }) => id));
  return `interrupted: ${begun.length} of ${counted(jobs.length, "job")} ${begun.length === 1 ? "was" : "were"} asked${begun.length === 0 ? "" : ` (${ids(begun)})`}; not asked: ${ids(left)}`;
}
