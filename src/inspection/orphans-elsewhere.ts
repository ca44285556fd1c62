import { accept, refuse } from "../contract/problems.ts";
import type { WatchEvent } from "../contract/orphan-watch.ts";
import { refuseAllUsers } from "../orphans/all-users.ts";
import type { Orphans } from "../orphans/orphans.ts";
import { WatchTotals } from "../orphans/watch-totals.ts";
import type { InspectionThreads } from "./inspection-threads.ts";

/** With its window and the limits of other systems' databases. */
const scanMs = 300_000;
const shared = { isShared: true, timeoutMs: scanMs };
/** Its graces are added, or it has no end. */
const noLimit = { timeoutMs: null };

/** The orphans of this machine, found in other threads. */
export function orphansIn(
  threads: Pick<InspectionThreads, "call">,
  onWatchFailed: (error: unknown) => void,
): Orphans {
  const totals = new WatchTotals();
  const reaping = new Set<number>();
  const uid = process.getuid?.() ?? 0;
  return {
    totals,
    scan: (asked) => threads.call("scan", [asked], shared),
    leftovers: (asked) => threads.call("leftovers", [asked], { isShared: true }),
    plan: (asked, askerPid) => threads.call("plan", [asked, askerPid], { timeoutMs: scanMs }),
    showPlan: (plan) => threads.call("showPlan", [plan]),
    showReceipt: (plan) => threads.call("showReceipt", [plan]),
    async reap(plan, asked, askerPid) {
      // Each thread knows only its own.
      if (reaping.has(plan)) return refuse("plan_used", { plan });
      reaping.add(plan);
      try {
        return await threads.call("reap", [plan, asked, askerPid], noLimit);
      } finally {
        reaping.delete(plan);
      }
    },
    watch(asked, publish, signal) {
      if (asked.allUsers && uid !== 0) return refuseAllUsers();
      const onEvent = (event: unknown) => {
        totals.note(event as WatchEvent);
        publish(event as WatchEvent);
      };
      const watched = threads.call("watch", [asked], { ...noLimit, signal, onEvent });
      return accept(watched.catch(onWatchFailed));
    },
    rules: () => threads.call("rules", []),
    statusSources: () => threads.call("statusSources", [], shared),
    testRules: (text, name) => threads.call("testRules", [text, name], { timeoutMs: scanMs }),
    holders: (target) => threads.call("holders", [target], { isShared: true }),
  };
}
