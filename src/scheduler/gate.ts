import type { Waiting } from "../contract/job.ts";

/**
 * A reason for which a job is not a candidate, whatever is free; null: this gate lets it through.
 * A job behind a gate takes nothing and keeps nothing from others.
 */
export type Gate<Job> = (job: Job) => Waiting | null;

/** The reason of the first gate that is shut. */
export function throughAll<Job>(gates: readonly Gate<Job>[]): Gate<Job> {
  return (job) => {
    for (const gate of gates) {
      const waiting = gate(job);
      if (waiting !== null) return waiting;
    }
    return null;
  };
}
