import type { AttemptSearch } from "../containment/attempt-search.ts";
import type { Survivor, Traces } from "../containment/survivors.ts";
import type { Clock } from "../system/clock.ts";
import { Batch } from "./batch.ts";
import type { InspectionThreads } from "./inspection-threads.ts";

/** A search for attempts' processes in other threads. */
export function searchIn(
  threads: Pick<InspectionThreads, "call">,
  clock: Pick<Clock, "soon">,
): AttemptSearch {
  const batch = new Batch(
    (all: readonly Traces[]): Promise<Survivor[][]> => threads.call("survivors", [all]),
    (callback) => clock.soon(callback),
  );
  return {
    survivors: (traces) => batch.of(traces),
    processes: (traces) => threads.call("processes", [traces]),
    program: (pid) => threads.call("program", [pid]),
    containerMembers: (id) => threads.call("containerMembers", [id]),
    namespaceIsEmpty: (inode) => threads.call("namespaceIsEmpty", [inode], { isShared: true }),
  };
}
