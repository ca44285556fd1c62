import { accept, refuse, type Result } from "../contract/problems.ts";
import type { AttemptReads } from "../store/attempt-reads.ts";
import type { EventReads } from "../store/event-reads.ts";
import type { JobReads } from "../store/job-reads.ts";
import type { AttemptRow, JobRow } from "../store/rows.ts";
import { isDamage } from "../store/sqlite-errors.ts";
import { endedJobText, isComplete } from "./ended-jobs.ts";
import type { JobQuery } from "./job-query.ts";
import type { IsThere } from "./progress.ts";
import type { StoredPage } from "./reads.ts";
import { selectJobs } from "./selectors.ts";

export interface PageSources {
  jobs: JobReads;
  attempts: AttemptReads;
  events: EventReads;
  /** Sees one moment of the database. Kept short: the write-ahead log cannot be emptied during it. */
  snapshot: <T>(read: () => T) => T;
  attemptsDir: string;
  isThere: IsThere;
}

/** Rows that one step reads at most before it lets others pass: a few milliseconds. */
const stepRows = 1000;

/**
 * One page of a list. A search that finds little reads much of the history, so it goes in steps, each
 * with a snapshot of its own. An ended job never changes, and what has not ended is only named here:
 * so a page of several moments shows nothing that was not, and the events after the first of them
 * have the rest. `pause` lets others pass, and throws once no reader is left.
 */
export async function readJobPage(
  sources: PageSources,
  query: JobQuery,
  pause: () => Promise<void>,
): Promise<Result<StoredPage>> {
  const { jobs, events, snapshot } = sources;
  const start = query.cursor === null ? null : readCursor(query.cursor);
  if (start === undefined)
    return refuse("invalid_request", { where: "cursor", what: "use nextCursor of a page before" });
  const selector = query.select;
  const selected = selector === null ? null : snapshot(() => selectJobs(jobs, selector));
  if (selected !== null && !selected.ok) return selected;
  const left = selected?.value.filter((id) => start === null || id < start).toSorted(descending);
  // One more than the page has shows whether there is another page.
  const wanted = query.limit + 1;
  const rows: JobRow[] = [];
  let eventsAfter: number | null = null;
  let before: number | null = start;
  for (let isMore = true; isMore;) {
    if (eventsAfter !== null) await pause();
    const filter = {
      states: query.states,
      tag: query.tag,
      name: query.name,
      ids: left?.splice(0, stepRows) ?? null,
      before,
      limit: wanted - rows.length,
    };
    const step = snapshot(() => ({ ...jobs.step(filter, stepRows), seq: events.lastSeq() }));
    rows.push(...step.rows);
    eventsAfter ??= step.seq;
    // Selected jobs are in steps already.
    before = left === undefined ? step.next : start;
    isMore = rows.length < wanted && (left === undefined ? before !== null : left.length > 0);
  }
  const page = rows.slice(0, query.limit);
  const last = page.at(-1);
  return accept({
    entries: await entriesOf(sources, page),
    eventsAfter: eventsAfter ?? 0,
    nextCursor: rows.length > query.limit && last !== undefined ? cursorAfter(last) : null,
  });
}

async function entriesOf(
  sources: PageSources,
  rows: readonly JobRow[],
): Promise<StoredPage["entries"]> {
  const attempts = attemptsOf(sources, rows);
  const texts = rows.map(async (row) => {
    const attempt = row.attempt === null ? undefined : attempts.get(row.attempt);
    const text = isComplete(row, attempt) ? await endedJobText(row, attempt, sources) : null;
    return { id: row.id, text, ...(row.damaged.length === 0 ? {} : { damaged: row }) };
  });
  return await Promise.all(texts);
}

/** Of ended jobs. Jobs whose attempt cannot be read are left to the thread that follows jobs. */
function attemptsOf(
  { attempts, snapshot }: PageSources,
  rows: readonly JobRow[],
): ReadonlyMap<string, AttemptRow> {
  const ids = rows.flatMap(({ endedAtMs, attempt }) =>
    endedAtMs === null || attempt === null ? [] : [attempt],
  );
  if (ids.length === 0) return new Map();
  try {
    return snapshot(() => attempts.those(ids));
  } catch (error) {
    if (!isDamage(error)) throw error;
    return new Map();
  }
}

const descending = (a: number, b: number) => b - a;

/** The id of a page's last job, encoded so that no client computes with it. */
export function cursorAfter({ id }: Pick<JobRow, "id">): string {
  return `before-${id}`;
}

/** The id in it. Undefined: it is no cursor. */
export function readCursor(cursor: string): number | undefined {
  const found = /^before-(\d{1,15})$/.exec(cursor);
  return found === null ? undefined : Number(found[1]);
}
