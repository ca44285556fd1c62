import type { Job } from "../../contract/job.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import type { State } from "../../job/states.ts";
import type { Context } from "../context.ts";
import { jobViewOf, type ViewParts } from "../views/job-view.ts";

export type PauseParts = ViewParts & Pick<Context, "hub" | "clock">;

// One answer is held open for this long. Freezing takes the keeper milliseconds, and longer where it stops many
// processes one by one: a client then asks again until the state has changed, as the command line does.
const timeoutMs = 10_000;

/** Freezes every process of a running job. Returns when the keeper says that it is so, or as it is after ten seconds. */
export function pauseJob(context: PauseParts, id: number): Promise<Result<Job>> {
  return ask(context, id, { verb: "pause", from: "running", to: "paused" });
}

/** Thaws a paused job. */
export function resumeJob(context: PauseParts, id: number): Promise<Result<Job>> {
  return ask(context, id, { verb: "resume", from: "paused", to: "running" });
}

async function ask(
  context: PauseParts,
  id: number,
  { verb, from, to }: { verb: "pause" | "resume"; from: State; to: State },
): Promise<Result<Job>> {
  const job = context.store.jobs.get(id);
  if (job === null) return refuse("no_such_job", { selector: id });
  if (job.state !== from && job.state !== to) {
    return refuse("not_allowed_now", { id, state: job.state, verb, needs: `a ${from} job` });
  }
  if (job.state === from) {
    const moved = leaves(context, id);
    context.followers.get(id)?.[verb]();
    await moved;
  }
  const after = context.store.jobs.get(id);
  return after === null
    ? refuse("no_such_job", { selector: id })
    : accept(await jobViewOf(context, after));
}

/** Resolves with the job's next change of state. */
function leaves({ hub, clock }: Pick<Context, "hub" | "clock">, id: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      unsubscribe();
      timer.cancel();
      resolve();
    };
    const unsubscribe = hub.subscribe(id, (event) => {
      if (event.type === "state") done();
    });
    const timer = clock.after(timeoutMs, done);
  });
}
