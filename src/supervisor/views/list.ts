import type { JobPage } from "../../contract/job.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { type ViewParts, viewsOf } from "./job-view.ts";
import { selectJobs } from "../verbs/selectors.ts";
import type { JobQuery } from "../supervisor.ts";

/** Newest first. The cursor is the id of the previous page's last job, encoded so that no client computes with it. */
export async function list(context: ViewParts, query: JobQuery): Promise<Result<JobPage>> {
  const selected = query.select === null ? null : selectJobs(context.store.jobs, query.select);
  if (selected !== null && !selected.ok) return selected;
  const before = query.cursor === null ? null : readCursor(query.cursor);
  if (before === undefined)
    return refuse("invalid_request", { where: "cursor", what: "use nextCursor of a page before" });
  const rows = context.store.jobs.list({
    states: query.states,
    tag: query.tag,
    name: query.name,
    ids: selected?.value ?? null,
    before,
    limit: query.limit + 1,
  });
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  // Read together with the rows: nothing else runs in between.
  const eventsAfter = context.store.events.lastSeq();
  return accept({
    jobs: await viewsOf(context, page),
    eventsAfter,
    nextCursor: rows.length > query.limit && last !== undefined ? `before-${last.id}` : null,
  });
}

function readCursor(cursor: string): number | undefined {
  const found = /^before-(\d{1,15})$/.exec(cursor);
  return found === null ? undefined : Number(found[1]);
}
