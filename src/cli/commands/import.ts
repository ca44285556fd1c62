import { resolve } from "node:path";
import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { rescue } from "../rescue.ts";

export const definition: VerbDefinition = {
  name: "import",
  usage: ["[OPTIONS] FILE"],
  operands: [{ name: "FILE", min: 1, max: 1, completes: "file" }],
  options: [
    {
      long: "--logs",
      value: "FOLDER",
      summary: "Folder that holdfast export --logs has written",
      completes: "folder",
    },
  ],
  description: [
    "Adds the ended jobs of a holdfast export to the history. Jobs that are already in it are left unchanged. A job whose number is taken gets a new number. With --logs their output is imported as well. Needs the server to be stopped.",
  ],
  examples: [{ type: "holdfast import history.ndjson", does: "holdfast server stop first" }],
};

export const run: Run = async (context) => {
  const { args, cwd, screen, json } = context;
  const logs = args.value("--logs");
  const { imported } = await rescue(
    context,
    "import",
    resolve(cwd, args.operands[0] ?? ""),
    ...(logs === undefined ? [] : [resolve(cwd, logs)]),
  );
  if (json) await screen.document(imported);
  else await screen.say(`jobs added: ${imported.added}, there already: ${imported.known}`);
  return 0;
};
