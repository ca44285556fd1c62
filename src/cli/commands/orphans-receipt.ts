import type { Run } from "../context.ts";
import { orphanReceiptPage } from "../format/orphans-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { planNumber } from "../grammar/suspects.ts";

export const definition: VerbDefinition = {
  name: "orphans receipt",
  usage: ["[OPTIONS] PLAN"],
  operands: [{ name: "PLAN", min: 1, max: 1, completes: [] }],
  options: [],
  description: [
    "Shows what became of each process of a plan that was carried out, by a person or by a watch.",
  ],
  examples: [{ type: "holdfast orphans receipt 7", does: "what plan 7 ended" }],
};

export const run: Run = async ({ args, screen, server, json }) => {
  const receipt = await server.orphanReceipt(planNumber(args.operands[0] ?? ""));
  if (json) await screen.document(receipt);
  else await screen.page(orphanReceiptPage(receipt));
  return 0;
};
