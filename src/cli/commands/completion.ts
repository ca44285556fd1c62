import type { Run } from "../context.ts";
import { scriptFor, shells } from "../completion/scripts.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";

export const definition: VerbDefinition = {
  name: "completion",
  usage: ["bash|zsh|fish"],
  operands: [{ name: "SHELL", min: 1, max: 1, completes: shells }],
  options: [],
  description: [
    "Writes the script that lets a shell complete verbs, options, states, and the numbers and names of jobs.",
    "bash: holdfast completion bash > ~/.local/share/bash-completion/completions/holdfast",
    "zsh: holdfast completion zsh > a file called _holdfast in a folder of $fpath",
    "fish: holdfast completion fish > ~/.config/fish/completions/holdfast.fish",
  ],
  examples: [{ type: 'eval "$(holdfast completion bash)"', does: "for this shell only" }],
};

export const run: Run = async ({ args, screen }) => {
  const [shell = ""] = args.operands;
  const known = shells.find((name) => name === shell);
  if (known === undefined)
    throw usageError(`There is no completion for ${shell}`, `Use one of: ${shells.join(", ")}`);
  await screen.data(scriptFor(known));
  return 0;
};
