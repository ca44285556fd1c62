import type { Run } from "../context.ts";
import { scanPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { suspectOptions, suspectsAsked } from "../grammar/suspects.ts";

export const definition: VerbDefinition = {
  name: "orphans",
  usage: ["[OPTIONS]"],
  operands: [],
  options: suspectOptions,
  description: [
    "Finds processes that other programs left behind. Changes nothing. Each suspect is shown with its descendants, its class, the certainty and the evidence.",
    "proven: it is in the control group of an ended job. likely: the evidence of its class is complete. weak: it may be meant to run. waiting: its parent has not been seen to be gone for long enough; the server remembers since when. young: it would be a suspect if it were older (orphans.min_age); young candidates are counted and listed apart from the suspects, and --now treats them as suspects.",
    "Exits with 0 if there are no suspects and no young candidates, else with 3.",
    "Never suspected: processes of running jobs, services, sessions of tmux, screen, ssh and editors, daemons of the GPU and the display, and processes that orphans.allow in the configuration names.",
  ],
  examples: [
    { type: "holdfast orphans", does: "find processes that were left behind" },
    { type: "holdfast orphans --rule loky --json", does: "one family, for programs" },
    { type: "holdfast orphans plan --rule loky", does: "plan to end them" },
    { type: "holdfast orphans reap 7", does: "end the processes of plan 7" },
    { type: "holdfast orphans clean --family loky", does: "all in one command" },
    { type: "holdfast orphans leftovers", does: "shared memory, sockets and folders" },
    { type: "holdfast watch", does: "search repeatedly" },
  ],
};

export const run: Run = async ({ args, screen, server, json }) => {
  const scan = await server.scanOrphans(suspectsAsked(args));
  if (json) await screen.document(scan);
  else await screen.page(scanPage(scan));
  return scan.suspects.length + scan.young.length === 0 ? 0 : 3;
};
