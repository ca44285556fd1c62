import type { Job } from "../contract/job.ts";
import type { Receipt } from "../contract/receipt.ts";
import type { Payload } from "./play.ts";

/** A payload that tries to outlive its job, safe to run anywhere in a second. */
export interface Escape extends Payload {
  /** What is wrong with how it ended; null: nothing. */
  objection: (job: Job, receipt: Receipt) => string | null;
}

const hold = 'exec 9>"$0"';
const ready = "echo ready >&9";

const endsAs =
  (state: Job["state"], more: (receipt: Receipt) => string | null = () => null) =>
  (job: Job, receipt: Receipt): string | null =>
    job.state === state
      ? more(receipt)
      : `it was ${state === "lost" ? "" : "to be "}${state}, but is ${job.state}`;

export const escapes: readonly Escape[] = [
  {
    name: "own session",
    what: "a child in a session and process group of its own",
    script: `${hold}; setsid sleep 120 & ${ready}; wait`,
    cancel: { graceMs: 2000 },
    objection: endsAs("cancelled"),
  },
  {
    name: "orphan without environment",
    what: "a daemon that has left its parent, its session and its environment",
    script: `${hold}; (setsid env -i sleep 120 &); ${ready}; sleep 120`,
    cancel: { graceMs: 2000 },
    objection: endsAs("cancelled"),
  },
  {
    name: "ignores TERM",
    what: "a process that ignores TERM, INT and HUP, and passes that on",
    script: `trap '' TERM INT HUP; ${hold}; sleep 120 & ${ready}; wait; sleep 120`,
    cancel: { graceMs: 100 },
    objection: endsAs("cancelled", ({ ended }) =>
      ended.kill > 0 ? null : "no process had to be killed",
    ),
  },
  {
    name: "stopped",
    what: "a process that is stopped and does not get SIGTERM before it continues",
    script: `${hold}; sh -c 'kill -STOP $$' & ${ready}; wait`,
    cancel: { graceMs: 5000 },
    objection: endsAs("cancelled", ({ ended }) =>
      ended.kill === 0 ? null : "it had to be killed",
    ),
  },
  {
    name: "fifty at once",
    what: "fifty processes that ignore TERM",
    script: `trap '' TERM; ${hold}; for i in 1 2 3 4 5 6 7 8 9 10; do for j in 1 2 3 4 5; do sleep 120 & done; done; ${ready}; wait; sleep 120`,
    cancel: { graceMs: 0 },
    objection: endsAs("cancelled"),
  },
  {
    name: "left behind",
    what: "a main process that ends well and leaves a child",
    script: `${hold}; setsid sleep 120 & ${ready}`,
    cancel: null,
    objection: endsAs("succeeded", ({ outcome }) =>
      outcome.leftovers > 0 ? null : "the receipt does not report the child",
    ),
  },
  {
    name: "kills its group",
    what: "kill -9 0 in the job, with a child in another session",
    script: `${hold}; setsid sleep 120 & ${ready}; kill -9 0`,
    cancel: null,
    objection: endsAs("failed"),
  },
  {
    name: "kills its keeper",
    what: "kill -9 of the keeper, with a child in another session",
    script: `${hold}; setsid sleep 120 & ${ready}; kill -9 $PPID; wait`,
    cancel: null,
    objection: endsAs("lost"),
  },
];
