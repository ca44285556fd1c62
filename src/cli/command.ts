import { problemDocument } from "../contract/problem-document.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Context, Server } from "./context.ts";
import { problemExitCode, problemLines } from "./format/problem.ts";
import { asksForJson, parse } from "./grammar/parse.ts";
import { requireVerbBelow, verbOf, verbsOfGroup } from "./grammar/find-verb.ts";

/** Carries out a command line and resolves with the exit code. Refusals are reported on stderr. */
export async function command(
  commandLine: readonly string[],
  parts: Omit<Context, "server">,
  server: (mayStart: boolean) => Server,
): Promise<number> {
  const asked = { json: false };
  try {
    const exitCode = await perform(withoutCommon(commandLine), parts, server, asked);
    // Nothing may be left where the shell writes its prompt.
    await parts.screen.status(null);
    return exitCode;
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error;
    const { screen } = parts;
    await screen.status(null);
    if (asked.json) await screen.sayDocument(problemDocument(error.refusal));
    else for (const line of problemLines(error.refusal)) await screen.say(line);
    return problemExitCode(error.refusal);
  }
}

async function perform(
  commandLine: readonly string[],
  parts: Omit<Context, "server">,
  server: (mayStart: boolean) => Server,
  asked: { json: boolean },
): Promise<number> {
  const [first, ...others] = commandLine;
  if (first === "__complete") {
    const { complete } = await import("./completion/complete.ts");
    // Data for the shell's script, with a tab in each line.
    await parts.screen.data(
      (await complete(server(false), others)).map((line) => `${line}\n`).join(""),
    );
    return 0;
  }
  // Also for a command line that cannot be parsed.
  asked.json = commandLine.includes("--json");
  const { verb, rest } = verbOf(commandLine);
  const { definition, run } = await verb.load();
  asked.json = asksForJson(definition, rest);
  if (definition.operands.length === 0) requireVerbBelow(verb, rest[0]);
  const args = parse(definition, rest);
  if (args.has("--help")) {
    const { helpPage } = await import("./grammar/help.ts");
    await parts.screen.lines(helpPage(verb, definition, parts.screen.width));
    return 0;
  }
  return await run({
    ...parts,
    args,
    json: asked.json,
    server: server(!args.has("--no-autostart")),
  });
}

/** Options that other programs have instead of verbs. */
function withoutCommon(commandLine: readonly string[]): readonly string[] {
  const [first] = commandLine;
  if (first === undefined || isHelp(first)) return ["help", ...commandLine.slice(1)];
  if (isHelp(commandLine[1]) && verbsOfGroup(first).length > 0) return ["help", first];
  if (first === "--version" || first === "-V" || first === "-v")
    return ["version", ...commandLine.slice(1)];
  return commandLine;
}

function isHelp(word: string | undefined): boolean {
  return word === "--help" || word === "-h";
}
