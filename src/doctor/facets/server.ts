import { facet } from "../facet.ts";
import type { ServerAnswer } from "../scope.ts";

/** Whether the server runs and answers, and its own warnings. */
export const server = facet<ServerAnswer>({
  name: "server",
  scope: "both",
  sampling: "ends",
  sample: ({ sources }) => sources.server(),
  judge({ all, last }, chart, { thresholds }) {
    const answer = last.value;
    const common = { subject: "server", source: "GET /api/v1/health" };
    const always = (kind: ServerAnswer["kind"]) => all.every(({ value }) => value.kind === kind);
    if (answer.kind === "down") {
      if (!always("down")) return;
      chart.finding({
        ...common,
        verdict: "server-down",
        message: "no server is running; running jobs continue, but no new job starts",
        figure: 0,
        confidence: "proven",
        evidence: [answer.message],
        next: "holdfast server start",
      });
      return;
    }
    if (answer.kind === "unused") {
      chart.absent(answer.message);
      return;
    }
    if (answer.kind === "hangs") {
      chart.finding({
        ...common,
        verdict: "server-hangs",
        message: "the server does not answer correctly",
        figure: 0,
        confidence: always("hangs") ? "proven" : "weak",
        evidence: [answer.message],
        next: "holdfast server logs",
      });
      return;
    }
    const took = all.flatMap(({ value }) => (value.kind === "answered" ? [value.tookMs] : []));
    const fastest = Math.min(...took);
    chart.figure("server.answer", "server", fastest);
    if (fastest >= thresholds.server_answer)
      chart.finding({
        ...common,
        verdict: "server-slow",
        message: `the server took ${Math.round(fastest)} ms to report its health`,
        figure: fastest,
        confidence: "proven",
        next: "holdfast server logs",
      });
    for (const warning of answer.warnings)
      chart.finding({
        ...common,
        verdict: "server-warns",
        message: warning,
        figure: 1,
        confidence: "proven",
        next: "holdfast server status",
      });
  },
});
