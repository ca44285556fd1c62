import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Connection } from "../../src/client/http.ts";
import { followEvents } from "../../src/client/events.ts";
import { isTerminal, type State } from "../../src/job/states.ts";
import { livingNow } from "../containment/observation.ts";
import type { Journal } from "./journal.ts";
import type { Places } from "./payload.ts";

/** Follows every job; at each terminal event it asks the witness which processes live, and records the state. */
export async function observe(
  connection: Connection,
  journal: Journal,
  places: Places,
  over: AbortSignal,
): Promise<void> {
  const ended = new Map<number, State>();
  try {
    for await (const { jobId, state, type } of followEvents(connection, {
      after: 0,
      signal: over,
    })) {
      if (state === null || type !== "state") continue;
      const before = ended.get(jobId);
      if (before !== undefined)
        journal.violations.push(`job ${jobId} was ${before} and became ${state}`);
      if (!isTerminal(state)) continue;
      ended.set(jobId, state);
      journal.count(state);
      reportLiving(jobId, join(places.witnesses, String(jobId)), journal);
    }
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

function reportLiving(id: number, witnessDir: string, journal: Journal): void {
  if (!existsSync(witnessDir)) return;
  let living: string[];
  try {
    living = livingNow(witnessDir);
  } catch {
    return; // It never ran.
  }
  if (living.length > 0)
    journal.violations.push(`job ${id} was reported as ended while ${living.join(", ")} lived`);
}
