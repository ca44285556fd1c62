import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "help",
  usage: ["[VERB]"],
  operands: [{ name: "VERB", min: 0, max: 2, completes: "verb" }],
  options: [],
  description: ["Shows what a verb does, its options and examples; without one, all verbs."],
  examples: [{ type: "holdfast help run", does: "the same as holdfast run --help" }],
};

export const run: Run = async ({ args, screen, help }) => {
  await screen.lines(await help(args.operands));
  return 0;
};
