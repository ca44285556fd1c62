import type { Job, JobFilter } from "../../client/client.ts";
import type { Server } from "../context.ts";
import { endedStates, liveStates, stateNames } from "../format/states.ts";
import type { Arguments } from "../grammar/parse.ts";
import { nearest } from "../grammar/nearest.ts";
import { usageError } from "../grammar/usage-error.ts";
import { wholeValue } from "../grammar/values.ts";

type State = Job["state"];

const usualEnded = 20;
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
  const states = args
    .values("--state")
    .flatMap((text) => text.split(","))
    .map(readState);
  const among = (all: readonly State[]) =>
    states.length === 0 ? all : all.filter((state) => states.includes(state));
  return {
    live: among(liveStates),
    ended: among(endedStates),
    endedLimit: args.has("--all") ? Infinity : (wholeValue(args, "--limit", 0) ?? usualEnded),
    tag: args.value("--tag"),
    name: args.value("--name"),
  };
}

/** Newest first. */
export async function listedJobs(server: Server, listing: Listing): Promise<Job[]> {
  const [live, ended] = await Promise.all([
    jobsIn(server, listing, listing.live, Infinity),
    jobsIn(server, listing, listing.ended, listing.endedLimit),
  ]);
  // A job that ended between the two answers is in both: the later word counts.
  const byId = new Map([...live, ...ended].map((job) => [job.id, job]));
  return [...byId.values()].toSorted((a, b) => b.id - a.id);
}

async function jobsIn(
  server: Server,
  { tag, name }: Listing,
  states: readonly State[],
  limit: number,
): Promise<Job[]> {
  const found: Job[] = [];
  if (states.length === 0 || limit === 0) return found;
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
    cursor = page.nextCursor;
  } while (cursor !== null && found.length < limit);
  return found;
}

function readState(text: string): State {
  const state = stateNames.find((name) => name === text.replace(" ", "_"));
  if (state !== undefined) return state;
  const meant = nearest(text, stateNames);
  const known = `The states are ${stateNames.join(", ")}`;
  throw usageError(
    `There is no state ${text}`,
    meant === null ? known : `Did you mean ${meant}? ${known}`,
  );
}
