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
      summary: "The folder that holdfast export --logs has filled",
      completes: "folder",
    },
  ],
  description: [
    "Takes the ended jobs of a holdfast export into the history. Jobs that are there already are left as they are; one whose number another job has gets a new number. With --logs their output comes along. Needs the server to be stopped.",
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
