import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { stopServer } from "../server-control.ts";

export const definition: VerbDefinition = {
  name: "server stop",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Stops the server and waits until it is gone. Running jobs continue, with their time limits, and the next server finds them again. Queued jobs wait for it.",
  ],
  examples: [{ type: "holdfast server stop", does: "start it again with holdfast server start" }],
};

export const run: Run = async (context) => {
  const pid = await stopServer(context);
  if (context.json) await context.screen.document({ pid });
  else if (pid === null) await context.screen.say("no server runs");
  else await context.screen.say(`server stopped, pid ${pid}; running jobs continue`);
  return 0;
};
