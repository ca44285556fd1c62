import type { WatchEvent } from "../contract/orphan-watch.ts";
import type { OrphanClass } from "../contract/orphans.ts";
import type { OrphanReceipt } from "../contract/orphan-plan.ts";

type End = OrphanReceipt["processes"][number]["end"];

/** Totals of all watches of this server, for its metrics. */
export class WatchTotals {
  rounds = 0;
  failedRounds = 0;
  processorMs = 0;
  readonly found = new Map<OrphanClass, number>();
  readonly ended = new Map<End, number>();

  note({ type, round, suspect, receipt }: WatchEvent): void {
    if (type === "round-failed") this.failedRounds += 1;
    if (type === "found" && suspect !== null) add(this.found, suspect.class);
    if (round !== null) {
      this.rounds += 1;
      this.processorMs += round.processorMs;
    }
    for (const { end } of receipt?.processes ?? []) add(this.ended, end);
  }
}

function add<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
