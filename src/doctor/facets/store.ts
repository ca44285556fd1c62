import type { StoreCheck } from "../../store/check.ts";
import { facet } from "../facet.ts";

/** Whether the database can be read. */
export const store = facet<StoreCheck>({
  name: "store",
  scope: "machine",
  sampling: "last",
  sample: ({ sources }) => sources.store(),
  judge({ last }, chart) {
    const answer = last.value;
    if (answer.kind === "none") chart.absent(answer.why);
    else if (answer.kind === "unchecked") chart.missing(answer.why);
    else if (answer.kind === "sound") chart.figure("store.size", "database", answer.bytes);
    else
      chart.finding({
        verdict: "store-damaged",
        subject: "database",
        message: `the database cannot be trusted: ${answer.what}`,
        figure: 1,
        source: "SQLite's integrity_check and the rows' checksums",
        confidence: "proven",
        next: "holdfast repair",
      });
  },
});
