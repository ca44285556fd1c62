import type { Job, JobPage } from "../../contract/job.ts";
import { accept, type Result } from "../../contract/problems.ts";
import { jobText } from "../../reading/job-text.ts";
import type { PageEntry } from "../../reading/reads.ts";
import type { JobQuery } from "../../reading/job-query.ts";
import type { State } from "../../job/states.ts";
import type { Context } from "../context.ts";
import { type ViewParts, viewsOf } from "./job-view.ts";
import { shortPage } from "./short-page.ts";

export type ListParts = ViewParts & Pick<Context, "reads" | "clock">;

/** Jobs that are read and shown at once in this thread: a millisecond or two. */
const jobsAtOnce = 50;

/** One page of jobs, newest first. */
export async function list(
  context: ListParts,
  query: JobQuery,
  signal?: AbortSignal,
): Promise<Result<JobPage>> {
  const listed = await listText(context, query, signal);
  return listed.ok ? accept(JSON.parse(listed.value) as JobPage) : listed;
}

/**
 * The same as JSON. A short page is read here, rows and what is in memory of them together. Of a
 * longer one, jobs that have ended come from the reading thread as they are sent, and the others are
 * read here, each at one moment with what is in memory of it.
 */
export async function listText(
  context: ListParts,
  query: JobQuery,
  signal?: AbortSignal,
): Promise<Result<string>> {
  const short = shortPage(context, query);
  if (short !== null) {
    const jobs = await viewsOf(context, short.rows);
    return accept(pageText({ ...short, jobs: jobs.map(jobText) }));
  }
  const stored = await context.reads.jobs(query, signal);
  if (!stored.ok) return stored;
  const { entries, eventsAfter, nextCursor } = stored.value;
  const texts = new Map<number, string>();
  const left: PageEntry[] = [];
  for (const entry of entries)
    if (entry.text !== null && context.gpuHolds.ofJob(entry.id).length === 0)
      texts.set(entry.id, entry.text);
    else left.push(entry);
  while (left.length > 0) {
    for (const job of await shownHere(context, left.splice(0, jobsAtOnce), query.states))
      texts.set(job.id, jobText(job));
    await new Promise<void>((resolve) => context.clock.soon(resolve));
    signal?.throwIfAborted();
  }
  const jobs = entries.flatMap(({ id }) => texts.get(id) ?? []);
  return accept(pageText({ jobs, eventsAfter, nextCursor }));
}

/** `jobs`: as JSON. */
function pageText({
  jobs,
  eventsAfter,
  nextCursor,
}: Omit<JobPage, "jobs"> & { jobs: readonly string[] }): string {
  const cursor = JSON.stringify(nextCursor);
  return `{"jobs":[${jobs.join(",")}],"eventsAfter":${eventsAfter},"nextCursor":${cursor}}`;
}

/** Those that still are in one of the states: the events have what others became. */
async function shownHere(
  context: ListParts,
  entries: readonly PageEntry[],
  states: readonly State[],
): Promise<Job[]> {
  const ids = entries.flatMap(({ id, damaged }) => (damaged === undefined ? id : []));
  const one = { tag: null, name: null, before: null, limit: -1 };
  const sound = ids.length === 0 ? [] : context.store.jobs.list({ ...one, ids, states });
  const damaged = entries.flatMap((entry) => entry.damaged ?? []);
  return await viewsOf(context, [...sound, ...damaged]);
}
