import type { Job, JobFilter, JobPage } from "../../client/client.ts";
import type { Server } from "../context.ts";
import { endedStates, liveStates } from "../format/states.ts";
import type { Arguments } from "../grammar/parse.ts";
import { stateValues } from "../grammar/state-values.ts";
import { wholeValue } from "../grammar/values.ts";

type State = Job["state"];

const defaultEnded = 20;
/** The server's largest page. */
const pageRows = 500;

/** Which jobs `ls` shows. */
export interface Listing {
  live: readonly State[];
  ended: readonly State[];
  /** Of the ended ones; Infinity: all. */
  endedLimit: number;
  tag: string | undefined;
  name: string | undefined;
}

/** Throws RefusalError `usage`. */
export function listingFrom(args: Arguments): Listing {
  const states = stateValues(args);
  const among = (all: readonly State[]) =>
    states.length === 0 ? all : all.filter((state) => states.includes(state));
  return {
    live: among(liveStates),
    ended: among(endedStates),
    endedLimit: args.has("--all") ? Infinity : (wholeValue(args, "--limit", 0) ?? defaultEnded),
    tag: args.value("--tag"),
    name: args.value("--name"),
  };
}

/** Newest first, as the server's pages are. */
export async function listedJobs(server: Server, listing: Listing): Promise<JobPage> {
  const [live, ended] = await Promise.all([
    jobsIn(server, listing, listing.live, Infinity),
    jobsIn(server, listing, listing.ended, listing.endedLimit),
  ]);
  // A job that ended between the two answers is in both: the later word counts.
  const eventsAfter = Math.min(live.eventsAfter, ended.eventsAfter);
  const byId = new Map([...live.jobs, ...ended.jobs].map((job) => [job.id, job]));
  return {
    jobs: [...byId.values()].toSorted((a, b) => b.id - a.id),
    nextCursor: null,
    eventsAfter: eventsAfter === Infinity ? 0 : eventsAfter,
  };
}

async function jobsIn(
  server: Server,
  { tag, name }: Listing,
  states: readonly State[],
  limit: number,
): Promise<Pick<JobPage, "jobs" | "eventsAfter">> {
  const found: Job[] = [];
  let eventsAfter = Infinity;
  if (states.length === 0 || limit === 0) return { jobs: found, eventsAfter };
  let cursor: string | null = null;
  do {
    const filter: JobFilter = {
      state: [...states],
      limit: Math.min(pageRows, limit - found.length),
      ...(tag === undefined ? {} : { tag }),
      ...(name === undefined ? {} : { name }),
      ...(cursor === null ? {} : { cursor }),
    };
    const page = await server.list(filter);
    found.push(...page.jobs);
    eventsAfter = Math.min(eventsAfter, page.eventsAfter);
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < limit);
  return { jobs: found, eventsAfter };
}
