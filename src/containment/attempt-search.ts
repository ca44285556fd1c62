import type { JobProcess } from "../contract/job-process.ts";
import { liveDetails } from "../processes/live-details.ts";
import { isEmptyNamespace } from "../processes/pid-namespace.ts";
import { listProcesses } from "../processes/process-table.ts";
import type { Clock } from "../system/clock.ts";
import { findMembersOfAll, findSurvivors, type Survivor, type Traces } from "./survivors.ts";

/** Searches of the whole machine: they read several files of each process. */
export interface AttemptSearch {
  /** What lives of an attempt whose keeper does not. Nothing of it was read before the call. */
  survivors(traces: Traces): Promise<Survivor[]>;
  /** Its processes, zombies included, with details for people. */
  processes(traces: Traces): Promise<JobProcess[]>;
  /** Whether no process of a PID namespace exists; null if not every process can be asked. */
  namespaceIsEmpty(inode: number): Promise<boolean | null>;
}

/** In this thread, which does nothing else meanwhile. */
export function ownSearch(clock: Pick<Clock, "nowMs">): AttemptSearch {
  return {
    survivors: async (traces) => findSurvivors(traces),
    async processes(traces) {
      const [members = []] = findMembersOfAll(listProcesses(), [traces]);
      return members.map(({ stat, ties }) =>
        Object.assign(liveDetails(stat, clock.nowMs()), { ties }),
      );
    },
    namespaceIsEmpty: async (inode) => isEmptyNamespace(inode),
  };
}
