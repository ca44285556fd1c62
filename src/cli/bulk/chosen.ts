import type { Client, Job, JobFilter } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Selection } from "./selection.ts";

export interface Chosen {
  /** Each once, in the order in which they were named, else oldest first. */
  jobs: Job[];
  /** Events after this one include everything that happens to them. */
  eventsAfter: number;
}

/** The server's largest page. */
const pageRows = 500;

/** The jobs that the selection matches now. Throws RefusalError if an operand matches no job. */
export async function chosenJobs(
  server: Pick<Client, "list">,
  selection: Selection,
  actsOn: readonly Job["state"][],
  nowMs: number,
): Promise<Chosen> {
  const { operands, states, tags, olderThanMs } = selection;
  const [tag, ...moreTags] = tags;
  // Named jobs are not restricted to those that the verb can act on: each gets its own answer.
  const wanted = states.length > 0 || operands.length > 0 ? states : actsOn;
  const filter: JobFilter = {
    ...(wanted.length === 0 ? {} : { state: [...wanted] }),
    ...(tag === undefined ? {} : { tag }),
  };
  const isNarrowed = states.length > 0 || tags.length > 0;
  const chosen: Chosen = { jobs: [], eventsAfter: Number.MAX_SAFE_INTEGER };
  const ids = new Set<number>();
  for (const select of operands.length === 0 ? [null] : operands) {
    const found = await allPages(server, select === null ? filter : { ...filter, select });
    if (found.jobs.length === 0 && select !== null && !isNarrowed)
      throw new RefusalError({ code: "no_such_job", details: { selector: select } });
    chosen.eventsAfter = Math.min(chosen.eventsAfter, found.eventsAfter);
    // The server answers newest first; people expect ascending numbers.
    for (const job of found.jobs.toReversed()) {
      if (ids.has(job.id) || !moreTags.every((more) => job.spec.tags.includes(more))) continue;
      if (olderThanMs !== null && !endedBefore(job, nowMs - olderThanMs)) continue;
      ids.add(job.id);
      chosen.jobs.push(job);
    }
  }
  return chosen;
}

/** The jobs that the operands match. Throws RefusalError. */
export function namedJobs(
  server: Pick<Client, "list">,
  operands: readonly string[],
): Promise<Chosen> {
  const none = { states: [], tags: [], olderThanMs: null, everything: false };
  return chosenJobs(server, { operands, ...none }, [], 0);
}

function endedBefore({ endedAtMs }: Job, atMs: number): boolean {
  return endedAtMs !== null && endedAtMs <= atMs;
}

async function allPages(server: Pick<Client, "list">, filter: JobFilter): Promise<Chosen> {
  const chosen: Chosen = { jobs: [], eventsAfter: Number.MAX_SAFE_INTEGER };
  let cursor: string | null = null;
  do {
    const page = await server.list({
      ...filter,
      limit: pageRows,
      ...(cursor === null ? {} : { cursor }),
    });
    chosen.jobs.push(...page.jobs);
    chosen.eventsAfter = Math.min(chosen.eventsAfter, page.eventsAfter);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return chosen;
}
