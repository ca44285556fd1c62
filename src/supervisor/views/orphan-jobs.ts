import type { KnownJobs } from "../../compose/orphans.ts";
import { followedStates } from "../../job/states.ts";
import type { Store } from "../../store/store.ts";

/** What the store knows of the jobs that a scan for orphans has to distinguish. */
export function jobsOf(store: {
  attempts: Pick<Store["attempts"], "get">;
  jobs: Pick<Store["jobs"], "inStates">;
}): KnownJobs {
  return {
    findAttempt(id) {
      const found = store.attempts.get(id);
      return found === null ? null : { job: found.job, ended: found.endedAtMs !== null };
    },
    adopted() {
      const jobs = store.jobs.inStates(followedStates);
      // A damaged specification may be that of one more job that has adopted a process.
      if (jobs.some(({ damaged }) => damaged.includes("spec"))) return null;
      return new Map(
        jobs.flatMap(({ id, spec: { adopt } }) =>
          adopt === undefined ? [] : [[`${adopt.pid}:${adopt.start}`, id] as const],
        ),
      );
    },
  };
}
