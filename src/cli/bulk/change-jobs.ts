import type { Job } from "../../client/client.ts";
import type { Context } from "../context.ts";
import { counted } from "../../contract/counted.ts";
import { actOnEach, mostLines } from "./act-on-each.ts";
import type { BulkVerb } from "./selection.ts";
import { jobsToActOn } from "./to-act-on.ts";

/** A verb that changes jobs and does not wait. */
export interface Change extends BulkVerb {
  /** The result in the summary: `removed`. */
  done: string;
  /** Process them one after the other, because the order of the answers matters. */
  inOrder?: boolean;
  /** Changes one job; returns what is shown of it. */
  change: (job: Job) => Promise<Job>;
  show: (job: Job, before: Job) => Promise<void>;
}

/** Changes each selected job. A refusal for one does not affect the others. */
export async function changeJobs(context: Context, change: Change): Promise<number> {
  const { screen, json } = context;
  const chosen = await jobsToActOn(context, change);
  if (typeof chosen === "number") return chosen;
  const { jobs, bySelector } = chosen;
  let done = 0;
  const acting = { jobs, bySelector, inOrder: change.inOrder ?? false };
  const exitCode = await actOnEach(context, acting, async (before) => {
    const job = await change.change(before);
    done += 1;
    if (json) await screen.document(job);
    else if (jobs.length <= mostLines || change.inOrder === true) await change.show(job, before);
    return 0;
  });
  if (!json && jobs.length > 1)
    await screen.say(
      done === jobs.length
        ? `${counted(done, "job")} ${change.done}`
        : `${done} of ${counted(jobs.length, "job")} ${change.done}`,
    );
  return exitCode;
}
