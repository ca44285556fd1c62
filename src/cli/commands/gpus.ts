import type { Run } from "../context.ts";
import { gpusPage } from "../format/gpus-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "gpus",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Shows each GPU: memory, load, heat, power, what slows it down, the job that it was given to, and every process that holds it, with the job, unit or container that it belongs to. Changes nothing.",
    "A holder is found by the driver's own list, by descriptors and by mappings, so that a forked child shows that keeps a dead parent's memory. ? is what the driver would not say. Ends with 1 when the driver did not answer.",
  ],
  examples: [
    { type: "holdfast gpus", does: "when memory is in use and nobody knows by whom" },
    {
      type: "holdfast gpus --json | jq '.gpus[] | {index, used: .memory.usedBytes}'",
      does: "for a script; bytes, milliwatts, nanoseconds",
    },
  ],
};

export const run: Run = async ({ screen, server, json }) => {
  const found = await server.gpus();
  if (json) await screen.document(found);
  else await screen.lines(gpusPage(found, screen.width, screen.style));
  const { source, state } = found.probe;
  return source === "none" || state === "ok" ? 0 : 1;
};
