import type { OrphanScan } from "../../contract/orphans.ts";
import { facet } from "../facet.ts";
import { counted } from "../../contract/counted.ts";

type Sample = { scan: OrphanScan } | { why: string };

/** Processes that other programs left behind, as `holdfast orphans` finds them. */
export const orphans = facet<Sample>({
  name: "orphans",
  scope: "machine",
  sampling: "last",
  sample: ({ sources }) => sources.orphans(),
  judge({ last }, chart) {
    if ("why" in last.value) {
      chart.missing(last.value.why);
      return;
    }
    const { suspects, young, unread } = last.value.scan;
    for (const what of unread) chart.missing(`not inspected: ${what}`);
    chart.figure("orphans.suspects", "machine", suspects.length);
    chart.figure("orphans.young", "machine", young.length);
    for (const { confidence, class: kind, rule, root, processes, evidence } of suspects) {
      if (confidence !== "proven" && confidence !== "likely") continue;
      const size = counted(processes.length, "process", "processes");
      chart.finding({
        verdict: "orphan-worker",
        subject: `pid ${root}`,
        message: `${size} below ${root} (${processes[0]?.command ?? "?"}): ${kind}${rule === null ? "" : `, rule ${rule}`}`,
        figure: processes.length,
        source: "holdfast orphans",
        confidence,
        evidence,
        next: `holdfast orphans plan ${root}`,
      });
    }
  },
});
