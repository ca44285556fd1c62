import { rm } from "node:fs/promises";
import { join } from "node:path";
import { logNames } from "../../contract/log-names.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { isTerminal } from "../../job/states.ts";
import { isStorageFull } from "../../store/sqlite-errors.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { folderOf } from "../attempt/folder.ts";
import type { Context } from "../context.ts";

export type RemoveParts = Pick<Context, "store" | "engines" | "config" | "clock" | "log">;

/**
 * Removes an ended job: from the store first, then its folders. A crash between
 * the two leaves folders that no job knows; the next start removes those.
 *
 * On a full disk the record needs room first. Where the store's reserve is not enough the output
 * goes before the record: then a removal that is refused all the same has freed space, and the next
 * one finds it.
 */
export async function remove(context: RemoveParts, id: number): Promise<Result<null>> {
  const { store, engines, log } = context;
  const removed = await forgotten(context, id).catch(async (error: unknown) => {
    if (!isStorageFull(error)) throw error;
    await removeOutput(context, id);
    return await forgotten(context, id);
  });
  if (!removed.ok) return removed;
  for (const attempt of removed.value)
    await engines
      .of(attempt)
      .discard(attempt)
      .catch((error: unknown) => {
        // The job is forgotten already; the next start finds the folder and removes it.
        log.warn({ err: error, attempt: attempt.id }, "removing a folder");
      });
  store.fillReserve();
  return accept(null);
}

/** The attempts that it had. */
function forgotten({ store, clock }: RemoveParts, id: number): Promise<Result<AttemptRow[]>> {
  return store.commitFreeing("remove", () => {
    const job = store.jobs.get(id);
    if (job === null) return refuse("no_such_job", { selector: id });
    if (!isTerminal(job.state)) return refuse("not_ended", { id, state: job.state });
    const attempts = store.attempts.ofJob(id);
    store.jobs.remove(
      id,
      job.state,
      clock.nowMs(),
      attempts.map((attempt) => attempt.id),
    );
    return accept(attempts);
  });
}

async function removeOutput(context: RemoveParts, id: number): Promise<void> {
  const { store, log } = context;
  const job = store.jobs.get(id);
  if (job === null || !isTerminal(job.state)) return;
  log.warn({ job: id }, "the disk is full: the output is removed before the record of the removal");
  for (const attempt of store.attempts.ofJob(id))
    for (const name of [...logNames.joined, ...logNames.split])
      await rm(join(folderOf(context, attempt.id), name), { force: true }).catch(
        (error: unknown) => {
          log.warn({ err: error, attempt: attempt.id }, "removing output");
        },
      );
}
