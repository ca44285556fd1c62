import type { State } from "./states.ts";

/**
 * Why a job is in the state it is in. The first reason to stop wins and stays.
 *
 * `ends` is the terminal state that the reason leads to once nothing lives;
 * null if the main process's exit decides (0 succeeded, anything else failed).
 */
export const reasons = {
  exited: { ends: null, words: "the main process ended without a stop" },
  exec_failed: { ends: "failed", words: "the program could not be executed" },
  launch_failed: { ends: "failed", words: "the attempt could not be launched" },
  cancel: { ends: "cancelled", words: "cancelled on request" },
  shutdown: { ends: "cancelled", words: "stopped because Holdfast or the machine was shut down" },
  keeper_terminated: {
    ends: "cancelled",
    words: "stopped because its keeper got SIGTERM, without a shutdown of the machine",
  },
  lease: { ends: "cancelled", words: "stopped because no server was running any more" },
  time_limit: { ends: "timed_out", words: "stopped at its time limit" },
  memory: { ends: "failed", words: "stopped at its memory limit" },
  out_of_memory: { ends: "failed", words: "the kernel killed it for memory" },
  keeper_lost: { ends: "lost", words: "its keeper was killed, so how it ended is unknown" },
  namespace_ended: {
    ends: "lost",
    words: "the PID namespace (container) that it ran in ended while it ran",
  },
  machine_restarted: { ends: "lost", words: "the machine restarted while it ran" },
} as const satisfies Record<string, { ends: State | null; words: string }>;

export type Reason = keyof typeof reasons;

export const reasonNames = Object.keys(reasons) as Reason[];

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}
