import { resolve } from "node:path";
import type { Run } from "../context.ts";
import { holdersPage } from "../format/holders-page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { requireSameNamespace } from "../server-control.ts";

export const definition: VerbDefinition = {
  name: "holders",
  usage: ["[OPTIONS] TARGET"],
  operands: [
    { name: "TARGET", min: 1, max: 1, completes: ["gpu:", "port:", "pid:", "shm:/", "file:"] },
  ],
  options: [],
  description: [
    "Shows which processes hold something, with the job, unit, container or tree that each belongs to, its age, and what would free it. Changes nothing.",
    "TARGET is gpu:0, port:8000 (TCP, in this network namespace), pid:812, shm:/name or file:PATH. Exits with 1 if no process holds it.",
  ],
  examples: [
    { type: "holdfast holders port:8000", does: "before a server is started there" },
    { type: "holdfast holders gpu:0", does: "when its memory is not free" },
  ],
};

export const run: Run = async (context) => {
  const { args, cwd, screen, server, json } = context;
  const [word = ""] = args.operands;
  const target = word.startsWith("file:") ? `file:${resolve(cwd, word.slice(5))}` : word;
  if (target.startsWith("pid:")) await requireSameNamespace(context);
  const found = await server.holders(target);
  if (json) await screen.document(found);
  else await screen.page(holdersPage(found));
  return found.holders.length === 0 ? 1 : 0;
};
