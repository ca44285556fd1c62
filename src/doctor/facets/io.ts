import { facet } from "../facet.ts";
import { chartStalls, sampleStalls, type Stalls } from "../stalled-jobs.ts";

const sureAfterMs = 60_000;

/** Whether tasks wait for disks. */
export const io = facet<Stalls>({
  name: "io",
  scope: "both",
  sampling: "ends",
  sample: (scope) => sampleStalls(scope, "io"),
  judge(seen, chart, { job, thresholds }) {
    for (const { subject, source, full, fullAvg60, evidence } of chartStalls(
      seen,
      chart,
      "io",
      job,
    )) {
      if (full < thresholds.io_full) continue;
      const lasts = seen.tookMs >= sureAfterMs || fullAvg60 >= thresholds.io_full;
      chart.finding({
        verdict: "io-contention",
        subject,
        message: `all tasks waited for disks ${full.toFixed(0)} % of the time`,
        figure: full,
        source,
        // Writing a checkpoint causes the same pressure for some seconds.
        confidence: lasts ? "likely" : "weak",
        evidence: [
          ...evidence,
          `over the last minute it was ${fullAvg60.toFixed(0)} %${lasts ? "" : ": it may be temporary"}`,
        ],
        next: lasts ? "cat /proc/diskstats" : "holdfast doctor --window 60s",
      });
    }
  },
});
