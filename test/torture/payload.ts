import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { JobRequest } from "../../src/client/client.ts";
import { fixturesFolder } from "../fixtures/witness.ts";
import type { Random } from "./random.ts";
import type { Submission } from "./journal.ts";

/** Where payloads write and are seen: outside the state folder, whose disk fills. */
export interface Places {
  /** One line `start JOB ATTEMPT` and, if it got so far, `end JOB ATTEMPT CODE` per run. */
  record: string;
  /** One witness folder per job, named after its id. */
  witnesses: string;
}

const witnessed = `
mkdir -p "$WITNESSES/$HOLDFAST_JOB"
exec "$HOLD" --dir "$WITNESSES/$HOLDFAST_JOB" --tree leader /bin/sh -c "$1"`;

// A child, a child of another session, and the main process: all hold the lineage's witness.
const family = `
echo "start $HOLDFAST_JOB $HOLDFAST_ATTEMPT" >>"$RECORD"
if [ "$STUBBORN" = 1 ]; then trap '' TERM; fi
if [ "$FAMILY" = 1 ]; then sleep 300 & (setsid sleep 300 &); fi
sleep "$SECONDS_TO_LIVE"
echo "end $HOLDFAST_JOB $HOLDFAST_ATTEMPT $CODE" >>"$RECORD"
exit "$CODE"`;

export function requestFor(submission: Submission, places: Places, random: Random): JobRequest {
  return {
    command: ["/bin/sh", "-c", witnessed, "sh", family],
    name: submission.tag,
    cwd: "/",
    graceMs: random.between(0, 300),
    held: random.chance(0.05),
    leftovers: "stop",
    ...(random.chance(0.1) ? { limitMs: random.between(200, 1500) } : {}),
    env: {
      PATH: process.env["PATH"] ?? "",
      RECORD: places.record,
      HOLD: join(fixturesFolder, "hold"),
      WITNESSES: places.witnesses,
      CODE: String(submission.code),
      STUBBORN: random.chance(0.2) ? "1" : "0",
      FAMILY: random.chance(0.6) ? "1" : "0",
      SECONDS_TO_LIVE: random.chance(0.1) ? "300" : (random.next() * 0.5).toFixed(2),
    },
  };
}

/** What really ran, by the payloads' own record. */
export interface Run {
  attempt: string;
  /** Null: it did not reach its own end. */
  code: number | null;
}

export function readRuns(path: string): Map<number, Run[]> {
  const runs = new Map<number, Run[]>();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [word, job, attempt = "", code] = line.split(" ");
    if (word === "start") {
      const list = runs.get(Number(job)) ?? [];
      runs.set(Number(job), [...list, { attempt, code: null }]);
    } else if (word === "end") {
      const run = runs.get(Number(job))?.find((one) => one.attempt === attempt);
      if (run !== undefined) run.code = Number(code);
    }
  }
  return runs;
}
