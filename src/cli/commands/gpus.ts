import type { Run } from "../context.ts";
import { gpusPage } from "../format/gpus-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "gpus",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Shows each GPU: memory, load, temperature, power, what slows it down, the job that it is assigned to, and every process that holds it, with the job, unit or container of the process. Changes nothing.",
    "Holders are found in the driver's list, by descriptors and by mappings. This also finds a forked child that keeps the memory of its ended parent. ? means that the driver did not report the value. Exits with 1 if the driver did not answer.",
  ],
  examples: [
    { type: "holdfast gpus", does: "find out which process uses the memory" },
    {
      type: "holdfast gpus --json | jq '.gpus[] | {index, used: .memory.usedBytes}'",
      does: "for a script; bytes, milliwatts, nanoseconds",
    },
  ],
};

export const run: Run = async ({ screen, server, json }) => {
  const found = await server.gpus();
  if (json) await screen.document(found);
  else await screen.page(gpusPage(found));
  const { source, state } = found.probe;
  return source === "none" || state === "ok" ? 0 : 1;
};
