import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { startServer } from "../server-control.ts";

export const definition: VerbDefinition = {
  name: "server start",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [{ long: "--foreground", summary: "Run in the foreground until a signal ends it" }],
  description: [
    "Starts the server, and reports its pid, socket and log. Other commands start it when they need it, so this is for service managers (--foreground) and for HOLDFAST_AUTOSTART=0.",
  ],
  examples: [{ type: "holdfast server start --foreground", does: "under systemd" }],
};

export const run: Run = async (context) => {
  if (!context.args.has("--foreground")) return await startServer(context);
  await context.serverProcess.foreground();
  // The server ends the process itself.
  return await new Promise<number>(() => undefined);
};
