import type { Job } from "../../contract/job.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import type { State, StateEvent } from "../../job/states.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { jobViewOf, type ViewParts } from "../views/job-view.ts";

export type HoldParts = ViewParts & Pick<Context, "clock">;

/** Keeps a queued job from starting. Holding a held one changes nothing. */
export function hold(context: HoldParts, id: number): Promise<Result<Job>> {
  return move(context, id, "queued", "hold", "held");
}

/** Puts a held job back into the queue. */
export function release(context: HoldParts, id: number): Promise<Result<Job>> {
  return move(context, id, "held", "release", "queued");
}

async function move(
  context: HoldParts,
  id: number,
  from: State,
  verb: StateEvent,
  to: State,
): Promise<Result<Job>> {
  const { store, clock } = context;
  const moved = await store.commit(to === "held" ? "hold" : "release", (): Result<JobRow> => {
    const job = store.jobs.get(id);
    if (job === null) return refuse("no_such_job", { selector: id });
    if (job.state !== from && job.state !== to) {
      return refuse("not_allowed_now", { id, state: job.state, verb, needs: `a ${from} job` });
    }
    if (job.state === from) store.jobs.advance(id, from, verb, clock.nowMs());
    return accept(store.jobs.get(id) ?? job);
  });
  return moved.ok ? accept(await jobViewOf(context, moved.value)) : moved;
}
