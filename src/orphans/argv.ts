import { basename } from "node:path";

/**
 * The parts of an argument vector. A pattern given to an editor or to `grep` remains an argument.
 */
export interface CommandForm {
  /** Base name of the program. */
  program: string;
  /** The first argument unchanged: a process that renames itself writes its title there. */
  title: string;
  interpreter: "python" | "shell" | null;
  /** After `-m`. */
  module: string | null;
  /** After `-c`. */
  code: string | null;
  /** The file that the interpreter runs. */
  script: string | null;
  /** Arguments of the module, the code, the script or the program. */
  rest: readonly string[];
}

const python = /^(python|pypy)[\d.]*$/;
const shell = /^-?(sh|bash|dash|zsh|ksh)$/;

/** Options of an interpreter whose value is the next argument. */
const pythonValues = new Set(["-W", "-X", "--check-hash-based-pycs"]);
const shellValues = new Set(["-o", "-O", "+o", "+O", "--rcfile", "--init-file"]);

export function formOf(argv: readonly string[]): CommandForm {
  const [first = "", ...rest] = argv;
  const program = basename(first.split(" ")[0] ?? "");
  const none = { program, title: first, module: null, code: null, script: null };
  if (python.test(program)) return { ...none, interpreter: "python", ...read(rest, true) };
  if (shell.test(program)) return { ...none, interpreter: "shell", ...read(rest, false) };
  return { ...none, interpreter: null, rest };
}

type Read = Pick<CommandForm, "module" | "code" | "script" | "rest">;

/** Skips the interpreter's options up to what it runs. */
function read(args: readonly string[], isPython: boolean): Read {
  const none: Read = { module: null, code: null, script: null, rest: [] };
  const values = isPython ? pythonValues : shellValues;
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? "";
    const next = args[index + 1] ?? null;
    const after = args.slice(index + 2);
    if (word === "--") return { ...none, script: next, rest: after };
    if (isPython && word === "-m") return { ...none, module: next, rest: after };
    // Letters may be joined: `python -Bc CODE`, `sh -ec CODE`.
    if (/^-[A-Za-z]*c$/.test(word)) return { ...none, code: next, rest: after };
    if (values.has(word)) index += 1;
    else if (!/^[-+]./.test(word)) return { ...none, script: word, rest: args.slice(index + 1) };
  }
  return none;
}
