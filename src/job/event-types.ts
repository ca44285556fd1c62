/** The kinds of events in a job's timeline, with the fields of their data. */
export const eventTypes = [
  "submitted", // {}
  "state", // {from, to, event, reason?}
  "stop_wanted", // {reason, graceMs}
  "claimed", // {attempt, pid, keeperPid, tier}
  "adopted", // {attempt}: a restarted server found it again
  "launch_failed", // {stage, error}
  "swept", // {pids}: survivors of a lost keeper were stopped
  "removed", // {attempts}: whose folders are to be deleted
  "live", // transient: {stopping: Stopping} or {message: string | null}, as in the job
] as const;

export type EventType = (typeof eventTypes)[number];
