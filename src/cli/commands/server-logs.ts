import { RefusalError } from "../../contract/problems.ts";
import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { wholeValue } from "../grammar/values.ts";
import { followFile, tailOf } from "../log-tail.ts";

export const definition: VerbDefinition = {
  name: "server logs",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    { long: "--follow", short: "-f", summary: "Follow the log until Ctrl+C" },
    { long: "--lines", short: "-n", value: "COUNT", summary: "Only the last COUNT lines" },
  ],
  description: ["Writes the server's log, one JSON object a line, also when no server runs."],
  examples: [{ type: "holdfast server logs -n 50 -f", does: "follow it" }],
};

export const run: Run = async (context) => {
  const { args, screen, clock, serverProcess } = context;
  const path = serverProcess.logFile;
  try {
    const { text, endOffset } = tailOf(path, wholeValue(args, "--lines", 0) ?? Infinity);
    await screen.data(text);
    if (args.has("--follow"))
      for await (const bytes of followFile(path, endOffset, clock)) await screen.data(bytes);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EACCES") throw error;
    const what = code === "ENOENT" ? "no server has written it yet" : message;
    throw new RefusalError({ code: "unreadable_file", details: { path, what } });
  }
  return 0;
};
