import { join } from "node:path";
import type { JobRequest } from "../../src/client/client.ts";
import { fixturesFolder } from "../fixtures/witness.ts";

/** The payload's own exit code: an unlikely value that no other code would produce. */
export const ownCode = 7;

// One line per run, before anything else: a payload that ran twice has two lines.
const noteRun = 'echo "$HOLDFAST_JOB $HOLDFAST_ATTEMPT" >>"$RUNS"; exec "$@"';

const fixture = (name: string) => join(fixturesFolder, name);

const commands = {
  /** Ends at once, without a signal, with `ownCode`. */
  short: [fixture("hold"), "--tree", "--ready", "leader", "/bin/sh", "-c", `exit ${ownCode}`],
  /** Five processes, two sessions, an orphan; rests until TERM. */
  tree: [fixture("25-ordinary-tree")],
  /** The same; but a retry ends without a signal, with `ownCode`. */
  resuming: [
    "/bin/sh",
    "-c",
    `[ "$HOLDFAST_RETRY" = 0 ] || exit ${ownCode}; exec "$0"`,
    fixture("25-ordinary-tree"),
  ],
  /** Rests, and ignores TERM. */
  stubborn: [fixture("02-ignores-term")],
  /** Its main process ends with 0 and leaves a child. */
  leaver: [fixture("10-leaves-child")],
} satisfies Record<string, string[]>;

export type PayloadName = keyof typeof commands;

/** A job that records each of its runs in `runs` and shows the witness which processes live. */
export function requestFor(
  payload: PayloadName,
  places: { runs: string; witnessDir: string },
): JobRequest {
  return {
    command: ["/bin/sh", "-c", noteRun, "sh", ...commands[payload]],
    name: payload,
    cwd: "/",
    graceMs: 150,
    env: {
      PATH: process.env["PATH"] ?? "",
      RUNS: places.runs,
      WITNESS_DIR: places.witnessDir,
    },
  };
}
