import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { startServer, stopServer } from "../server-control.ts";

export const definition: VerbDefinition = {
  name: "server restart",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: ["Stops the server if one runs, and starts it. Running jobs go on meanwhile."],
  examples: [{ type: "holdfast server restart", does: "after a change of config.toml" }],
};

export const run: Run = async (context) => {
  await stopServer(context);
  return await startServer(context);
};
