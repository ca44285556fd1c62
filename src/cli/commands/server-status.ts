import type { Run } from "../context.ts";
import { healthPage } from "../format/health-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "server status",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Shows the state of the server: its pid, jobs, containment, folders and warnings. Does not start one; exits with 69 if none runs.",
  ],
  examples: [{ type: "holdfast server status --json", does: "for a monitor" }],
};

export const run: Run = async ({ serverProcess, screen, clock, json }) => {
  const health = await serverProcess.client.health();
  if (json) await screen.document(health);
  else await screen.page(healthPage(health, clock.nowMs()));
  return 0;
};
