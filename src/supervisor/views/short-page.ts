import { cursorAfter, readCursor } from "../../reading/job-page.ts";
import type { JobQuery } from "../../reading/job-query.ts";
import type { JobReads } from "../../store/job-reads.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

/** Jobs of a page that is read in this thread: one or two milliseconds, some more where rows are verified first. */
const mostJobs = 100;
/** Of these. A longer page of ended jobs is cheaper where it costs this thread nothing. */
const mostEnded = 32;
/** What is parsed and sent. */
const mostBytes = 256 * 1024;

export interface ShortPage {
  rows: JobRow[];
  eventsAfter: number;
  nextCursor: string | null;
}

/**
 * A page that is read faster here than another thread is asked: few jobs, most of which have not ended,
 * found in an index in the order of the page. How large it is, the store is asked before it reads it.
 * Null: it is not such a page. The size, the rows and the newest event are of one moment.
 */
export function shortPage(
  {
    store,
  }: { store: Pick<Context["store"], "events"> & { jobs: Pick<JobReads, "list" | "sizeOf"> } },
  { states, tag, name, select, limit, cursor }: JobQuery,
): ShortPage | null {
  // These are searched for, in the history as well.
  if (tag !== null || name !== null || select !== null) return null;
  const before = cursor === null ? null : readCursor(cursor);
  if (before === undefined) return null;
  // One more than is sent shows whether there is another page.
  const wanted = Math.min(limit, mostJobs) + 1;
  const filter = { states, tag, name, ids: null, before, limit: wanted };
  const size = store.jobs.sizeOf(filter);
  const isShort =
    size !== null &&
    size.ended <= mostEnded &&
    size.bytes <= mostBytes &&
    (limit <= mostJobs || size.jobs <= mostJobs);
  if (!isShort) return null;
  const found = store.jobs.list(filter);
  // Jobs with a damaged state, which no index counts among these, are in addition.
  if (limit > mostJobs && found.length > mostJobs) return null;
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  return {
    rows,
    eventsAfter: store.events.lastSeq(),
    nextCursor: found.length > limit && last !== undefined ? cursorAfter(last) : null,
  };
}
