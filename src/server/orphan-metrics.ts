import { Counter, type Registry } from "prom-client";
import type { WatchTotals } from "../orphans/watch-totals.ts";

/** What watches for orphans have done since the server started. */
export function addOrphanMetrics(registry: Registry, totals: WatchTotals): void {
  const counter = (
    name: string,
    help: string,
    labelNames: string[],
    read: () => [Record<string, string>, number][],
  ) =>
    registry.registerMetric(
      new Counter({
        name,
        help,
        labelNames,
        registers: [],
        collect() {
          this.reset();
          for (const [labels, count] of read()) this.inc(labels, count);
        },
      }),
    );
  counter("holdfast_orphan_watch_rounds_total", "Rounds of watches.", ["result"], () => [
    [{ result: "done" }, totals.rounds],
    [{ result: "failed" }, totals.failedRounds],
  ]);
  counter(
    "holdfast_orphan_watch_cpu_seconds_total",
    "CPU time of the server during rounds of watches.",
    [],
    () => [[{}, totals.processorMs / 1000]],
  );
  counter("holdfast_orphans_found_total", "Suspects that watches have found.", ["class"], () =>
    [...totals.found].map(([kind, count]) => [{ class: kind }, count]),
  );
  counter(
    "holdfast_orphans_reaped_total",
    "Processes that watches planned to end, by result.",
    ["end"],
    () => [...totals.ended].map(([end, count]) => [{ end }, count]),
  );
}
