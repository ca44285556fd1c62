import { accept, refuse, type Result } from "../contract/problems.ts";
import { isTerminal } from "../job/states.ts";
import type { AttemptRow } from "../store/rows.ts";
import type { Context } from "./context.ts";

/**
 * Removes an ended job: from the store first, then its folders. A crash between
 * the two leaves folders that no job knows; the next start removes those.
 */
export async function remove(context: Context, id: number): Promise<Result<null>> {
  const { store, clock, engine, log } = context;
  const removed = await store.commit("remove", (): Result<AttemptRow[]> => {
    const job = store.jobs.get(id);
    if (job === null) return refuse("no_such_job", { selector: id });
    if (!isTerminal(job.state)) return refuse("not_ended", { id, state: job.state });
    const attempts = store.attempts.ofJob(id);
    store.jobs.remove(id, job.state, clock.nowMs());
    return accept(attempts);
  });
  if (!removed.ok) return removed;
  for (const attempt of removed.value)
    await engine.discard(attempt).catch((error: unknown) => {
      // The job is forgotten already; the next start finds the folder and removes it.
      log.warn({ err: error, attempt: attempt.id }, "removing a folder");
    });
  return accept(null);
}
