import { shellWord } from "../../contract/shell-word.ts";
import { printable } from "./printable.ts";

/** An argument vector as a person would type it, safe to show. */
export function commandLine(command: readonly string[]): string {
  return command.map(shellWord).join(" ");
}

const interpreters =
  /^(python|pypy|node|ruby|perl|bash|sh|dash|zsh|Rscript|julia|lua|php|deno|bun|env)[\d.]*$/;

/** An argument can have 128 KiB; a name is limited by the API. */
const longestTitle = 60;

/** The title of a job in a sentence: its name, else its script, else its program. */
export function titleOf(spec: { name: string | null; command: readonly string[] }): string {
  if (spec.name !== null) return printable(spec.name);
  const [program = "", ...rest] = spec.command;
  const first = baseName(program);
  const script = interpreters.test(first)
    ? rest.find((argument) => !argument.startsWith("-"))
    : undefined;
  const isPath = script !== undefined && /^[^\s;|&]*\.[A-Za-z]\w*$/.test(script);
  const title = printable(isPath ? baseName(script) : first);
  return title.length > longestTitle ? `${title.slice(0, longestTitle - 1)}…` : title;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}
