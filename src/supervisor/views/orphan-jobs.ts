import type { KnownJobs } from "../../compose/orphans.ts";
import { followedStates } from "../../job/states.ts";
import type { Store } from "../../store/store.ts";

/** What the store knows of the jobs that a scan for orphans has to distinguish. */
export function jobsOf(store: Store): KnownJobs {
  return {
    findAttempt(id) {
      const found = store.attempts.get(id);
      return found === null ? null : { job: found.job, ended: found.endedAtMs !== null };
    },
    adopted: () =>
      new Map(
        store.jobs
          .inStates(followedStates)
          .flatMap(({ id, spec: { adopt } }) =>
            adopt === undefined ? [] : [[`${adopt.pid}:${adopt.start}`, id] as const],
          ),
      ),
    areComplete: true,
  };
}
