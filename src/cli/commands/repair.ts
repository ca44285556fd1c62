import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { rescue } from "../rescue.ts";

export const definition: VerbDefinition = {
  name: "repair",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Makes a database that a server can start with, after the old one was damaged or lost: from the newest backup and the journal; without them from every row that can still be read, and from the attempt folders, which know what was started, by whom it is kept, and how it ended. The old file is kept beside the new one. Needs the server to be stopped.",
    "Jobs that were running are found again by the next server as after a crash. What no record tells is said: environments, limits and names of jobs that only folders know, and jobs that had never started.",
  ],
  examples: [{ type: "holdfast repair", does: "when the server refuses with store_damaged" }],
};

export const run: Run = async (context) => {
  const { screen, json } = context;
  const { repaired } = await rescue(context, "repair");
  if (json) await screen.document(repaired);
  else {
    await screen.say(repaired.what);
    if (repaired.kept !== null) await screen.say(`the old one is kept: ${repaired.kept}`);
    if (repaired.salvaged > 0) await screen.say(`jobs read from it: ${repaired.salvaged}`);
    if (repaired.rebuilt > 0) await screen.say(`jobs rebuilt from folders: ${repaired.rebuilt}`);
    for (const words of repaired.lost) await screen.say(`not known any more: ${words}`);
    await screen.say("holdfast server start goes on from here");
  }
  return 0;
};
