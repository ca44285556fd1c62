import type { Run } from "../context.ts";
import { leftoversPage } from "../format/leftovers-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

export const definition: VerbDefinition = {
  name: "orphans leftovers",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [{ long: "--all-users", summary: "Include other users' leftovers (requires root)" }],
  description: [
    "Lists things other than processes that were left behind: files and semaphores in /dev/shm, System V shared memory, sockets and folders in temporary folders. It lists only those that no live process has open, mapped or attached, and whose creator has ended. Changes nothing.",
    "proven: the creator is known (its pid is in the name, or the kernel records it) and has ended, or the kernel refuses connections. weak: the creator is not known, or another process could find it again. waiting: it is younger than orphans.min_age. holdfast orphans plan --leftovers plans for what is proven.",
  ],
  examples: [
    { type: "holdfast orphans leftovers", does: "find memory that no process uses" },
    { type: "holdfast orphans plan --leftovers", does: "plan to remove what is proven" },
  ],
};

export const run: Run = async ({ args, screen, server, json }) => {
  const list = await server.leftovers({ allUsers: args.has("--all-users") });
  if (json) await screen.document(list);
  else await screen.page(leftoversPage(list));
  return 0;
};
