import type { Job } from "../../client/client.ts";
import type { JobEvent } from "../../contract/event.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Server } from "../context.ts";
import { endedStates, liveStates } from "../format/states.ts";
import type { Listing } from "./listing.ts";

/**
 * Whether an event is of a job that the listing shows. An event has no tag and no name: the job is requested
 * once for them, as neither changes.
 */
export function matchingEvents(
  server: Server,
  { live, ended, tag, name }: Listing,
): (event: JobEvent) => Promise<boolean> {
  const states = new Set([...live, ...ended]);
  const everyState = states.size === liveStates.length + endedStates.length;
  const known = new Map<number, Promise<Job | null>>();
  return async ({ jobId, state }) => {
    if (state === null ? !everyState : !states.has(state)) return false;
    if (tag === undefined && name === undefined) return true;
    const job = known.get(jobId) ?? shown(server, jobId);
    known.set(jobId, job);
    const spec = (await job)?.spec;
    if (spec === undefined) return false;
    return (tag === undefined || spec.tags.includes(tag)) && (name ?? spec.name) === spec.name;
  };
}

/** Null: it was removed before. */
async function shown(server: Server, id: number): Promise<Job | null> {
  try {
    return await server.show(id);
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === "no_such_job") return null;
    throw error;
  }
}
