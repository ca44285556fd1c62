import type { State } from "./states.ts";

/**
 * Why a job is in the state it is in. The first reason to stop wins and stays.
 *
 * `ends` is the terminal state that the reason leads to once nothing lives;
 * null if the main process's exit decides (0 succeeded, anything else failed).
 */
export const reasons = {
  exited: { ends: null, message: "the main process ended without a stop" },
  exec_failed: { ends: "failed", message: "the program could not be executed" },
  launch_failed: { ends: "failed", message: "the attempt could not be launched" },
  cancel: { ends: "cancelled", message: "cancelled on request" },
  shutdown: { ends: "cancelled", message: "stopped because Holdfast or the machine was shut down" },
  keeper_terminated: {
    ends: "cancelled",
    message: "stopped because its keeper got SIGTERM, without a shutdown of the machine",
  },
  lease: { ends: "cancelled", message: "stopped because no server was running any more" },
  time_limit: { ends: "timed_out", message: "stopped at its time limit" },
  memory: { ends: "failed", message: "stopped at its memory limit" },
  out_of_memory: {
    ends: "failed",
    message: "failed after the kernel had killed processes of it for memory",
  },
  keeper_lost: { ends: "lost", message: "its keeper was killed, so how it ended is unknown" },
  namespace_ended: {
    ends: "lost",
    message: "the PID namespace (container) that it ran in ended while it ran",
  },
  machine_restarted: { ends: "lost", message: "the machine restarted while it ran" },
} as const satisfies Record<string, { ends: State | null; message: string }>;

export type Reason = keyof typeof reasons;

export const reasonNames = Object.keys(reasons) as Reason[];

export function isReason(word: string): word is Reason {
  return Object.hasOwn(reasons, word);
}
