import type { Run } from "../context.ts";
import { selftestPage } from "../format/selftest-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "selftest",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Runs real jobs that try to escape, for a few seconds, beside a process that must not be touched. Shows what this machine can prove, with which containment, and how each limit would be applied. A witness that is not part of Holdfast checks which processes live. The jobs are removed again.",
    "Exits with 0 if everything was proven, else with 1.",
  ],
  examples: [
    {
      type: "holdfast selftest",
      does: "once on a new machine, and after an upgrade of its kernel",
    },
    { type: "holdfast selftest --json | jq .tier", does: "for programs" },
  ],
};

export const run: Run = async ({ screen, server, json }) => {
  if (!json) await screen.say("trying to escape, a few seconds …");
  const report = await server.selftest();
  if (json) await screen.document(report);
  else await screen.page(selftestPage(report));
  return report.passed ? 0 : 1;
};
