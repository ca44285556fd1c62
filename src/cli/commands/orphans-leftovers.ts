import type { Run } from "../context.ts";
import { leftoversPage } from "../format/leftovers-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "orphans leftovers",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [{ long: "--all-users", summary: "Other users' as well; for root" }],
  description: [
    "Lists what is no process and was left behind: files and semaphores in /dev/shm, System V shared memory, sockets and folders in temporary folders. Only what no living process has open, mapped or attached, and whose maker is not alive. Changes nothing.",
    "proven: the maker is known (its pid is in the name, or the kernel has it) and dead, or the kernel refuses connections. weak: who made it is not known, or somebody could find it again. waiting: it is younger than orphans.min_age. holdfast orphans plan --leftovers plans for what is proven.",
  ],
  examples: [
    { type: "holdfast orphans leftovers", does: "what takes memory and is nobody's" },
    { type: "holdfast orphans plan --leftovers", does: "write down what would be removed" },
  ],
};

export const run: Run = async ({ args, screen, server, json }) => {
  const list = await server.leftovers({ allUsers: args.has("--all-users") });
  if (json) await screen.document(list);
  else await screen.lines(leftoversPage(list, screen.width));
  return 0;
};
