import { accept, refuse, type Result } from "../contract/problems.ts";
import { isTerminal } from "../job/states.ts";
import type { JobReads } from "../store/job-reads.ts";

const widestRange = 100_000;

/** Ids of the jobs that `42`, `1,3,5-7`, `@`, `@~1` or a name select, without doubles, in the order given. */
export function selectJobs(jobs: JobReads, selector: string): Result<number[]> {
  const ids = new Set<number>();
  for (const part of selector.split(",")) {
    const found = selectPart(jobs, part.trim());
    if (!found.ok) return found;
    for (const id of found.value) ids.add(id);
  }
  return accept([...ids]);
}

function selectPart(jobs: JobReads, part: string): Result<number[]> {
  const range = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(part);
  if (range !== null)
    return selectRange(jobs, part, Number(range[1]), Number(range[2] ?? range[1]));
  const fromLast = /^@(?:~(\d{1,9}))?$/.exec(part);
  if (fromLast !== null) {
    const id = jobs.fromLast(Number(fromLast[1] ?? 0));
    return id === null ? refuse("no_such_job", { selector: part }) : accept([id]);
  }
  if (part === "" || part.startsWith("@")) return refuse("bad_selector", {});
  return selectName(jobs, part);
}

function selectRange(jobs: JobReads, part: string, from: number, to: number): Result<number[]> {
  if (to < from || to - from > widestRange) return refuse("bad_selector", {});
  const ids = jobs.range(from, to);
  return ids.length === 0 ? refuse("no_such_job", { selector: part }) : accept(ids);
}

/** A name means its one job that has not ended, else its newest. */
function selectName(jobs: JobReads, name: string): Result<number[]> {
  const named = jobs.named(name);
  const live = named.filter(({ state }) => !isTerminal(state));
  if (live.length > 1) {
    return refuse("ambiguous_name", { candidates: live.map(({ id }) => id).join(", ") });
  }
  const chosen = live[0] ?? named[0];
  return chosen === undefined ? refuse("no_such_job", { selector: name }) : accept([chosen.id]);
}
