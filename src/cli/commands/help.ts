import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { groupPage, helpPage, overview } from "../grammar/help.ts";
import { verbOf, verbsOfGroup } from "../grammar/verbs.ts";

export const definition: VerbDefinition = {
  name: "help",
  usage: ["[VERB]"],
  operands: [{ name: "VERB", min: 0, max: 2, completes: "verb" }],
  options: [],
  description: ["Shows what a verb does, its options and examples; without one, all verbs."],
  examples: [{ type: "holdfast help run", does: "the same as holdfast run --help" }],
};

export const run: Run = async ({ args, screen }) => {
  if (args.operands.length === 0) {
    await screen.lines(overview());
    return 0;
  }
  const [first = ""] = args.operands;
  const group = args.operands.length === 1 ? verbsOfGroup(first) : [];
  if (group.length > 0) {
    const definitions = await Promise.all(group.map(async (one) => (await one.load()).definition));
    const examples = definitions.flatMap((one) => one.examples.slice(0, 1));
    await screen.lines(groupPage(first, group, examples));
    return 0;
  }
  const { verb } = verbOf(args.operands);
  const { definition: wanted } = await verb.load();
  await screen.lines(helpPage(verb, wanted, screen.width));
  return 0;
};
