import type { ExitRecord } from "../../contract/keeper.ts";

type Failure = Pick<NonNullable<ExitRecord["exec_error"]>, "stage" | "name">;

/** Commands of a shell that are no programs. */
const builtins = new Set(
  "cd source . export alias ulimit umask set unset eval pushd popd".split(" "),
);
const longestShown = 200;

/** Why a program was not executed, and what to type instead. */
export function execFailure({ stage, name }: Failure, command: readonly string[]): string {
  const [program = ""] = command;
  if (stage === "chdir") return `the working directory could not be entered (${name})`;
  if (stage !== "exec") return `the program could not be started: ${stage} ${name}`;
  if (name === "ENOENT" || name === "ENOTDIR") return notFound(command);
  if (name === "EACCES")
    return `${shown(program)} may not be executed; if it is a folder, name the program in it, otherwise: chmod +x ${shown(program)}`;
  if (name === "E2BIG") return "command and environment are longer than the kernel accepts";
  if (name === "ENOEXEC")
    return `the file is not a program, or a script without a first line such as #!/bin/sh; add one, or type: ${typed("sh", ...command)}`;
  return `the program could not be started: ${stage} ${name}`;
}

function notFound(command: readonly string[]): string {
  const [program = "", ...rest] = command;
  const assignments = command.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  if (assignments > 0)
    return `${program} is an assignment, not a program; type: ${typed(...command.slice(0, assignments).flatMap((word) => ["--env", word]), "--", ...command.slice(assignments))}`;
  if (/[|&;<>()$`*?]/.test(program) || (/\s/.test(program) && /^\S+=/.test(program)))
    return `there is no program of the name ${shown(program)}: no shell reads it; type: ${typed("sh", "-c", [program, ...rest].join(" "))}`;
  if (/\s/.test(program.trim()))
    return `there is no program of the name ${shown(program)}: it is one word; type: ${typed(...program.trim().split(/\s+/), ...rest)}`;
  if (builtins.has(program))
    return `${program} is a command of the shell, not a program; type: ${typed("bash", "-c", command.join(" "))}`;
  if (!program.includes("/"))
    return `${shown(program)} was not found in the PATH of the job, or the interpreter in its first line is missing; check its spelling, and for a file of the working directory type ./${program.length > longestShown ? "NAME" : program}`;
  return `${shown(program)} was not found, or the interpreter in its first line; check its spelling, and type head -1 ${shown(program)} | cat -A (^M at the end is a line ending of Windows)`;
}

function typed(...args: readonly string[]): string {
  const text = `holdfast run ${args.includes("--") ? "" : "-- "}${args.map(quoted).join(" ")}`;
  // A command can have megabytes.
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

function shown(program: string): string {
  return program.length > longestShown
    ? `${quoted(program.slice(0, longestShown))}…`
    : quoted(program);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
