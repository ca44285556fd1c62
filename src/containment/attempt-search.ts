import type { JobProcess } from "../contract/job-process.ts";
import { liveDetails } from "../processes/live-details.ts";
import { isEmptyNamespace } from "../processes/pid-namespace.ts";
import { isKernelThread, type ProcessStat } from "../processes/proc-stat.ts";
import { listProcesses } from "../processes/process-table.ts";
import { readArguments, readCgroup, readCookie, readOwner } from "../processes/read-process.ts";
import type { Clock } from "../system/clock.ts";
import { membersOfContainer } from "./containers/container-members.ts";
import { findMembersOfAll, findSurvivors, type Survivor, type Traces } from "./survivors.ts";

/** Searches of the whole machine: they read several files of each process. */
export interface AttemptSearch {
  /** What lives of an attempt whose keeper does not. Nothing of it was read before the call. */
  survivors(traces: Traces): Promise<Survivor[]>;
  /** Its processes, zombies included, with details for people. */
  processes(traces: Traces): Promise<JobProcess[]>;
  /** What only reads that may hang can say about a process. */
  program(pid: number): Promise<ProgramFacts>;
  /** The processes in any cgroup of that container. */
  containerMembers(id: string): Promise<ProcessStat[]>;
  /** Whether no process of a PID namespace exists; null if not every process can be asked. */
  namespaceIsEmpty(inode: number): Promise<boolean | null>;
}

export interface ProgramFacts {
  argv: string[];
  /** Its effective user; -1: it has ended. */
  uid: number;
  cgroup: string | null;
  isKernelThread: boolean;
  /** The attempt that its environment names. */
  attempt: string | null;
}

/** In this thread, which does nothing else during a search. */
export function ownSearch(clock: Pick<Clock, "nowMs">): AttemptSearch {
  return {
    survivors: async (traces) => findSurvivors(traces),
    async processes(traces) {
      const [members = []] = findMembersOfAll(listProcesses(), [traces]);
      return members.map(({ stat, ties }) =>
        Object.assign(liveDetails(stat, clock.nowMs()), { ties }),
      );
    },
    program: async (pid) => ({
      argv: readArguments(pid),
      uid: readOwner(pid),
      cgroup: readCgroup(pid),
      isKernelThread: isKernelThread(pid),
      attempt: readCookie(pid),
    }),
    containerMembers: async (id) => membersOfContainer(id),
    namespaceIsEmpty: async (inode) => isEmptyNamespace(inode),
  };
}
