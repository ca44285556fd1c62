import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { RefusalError } from "../../contract/problems.ts";
import type { Arguments } from "../grammar/parse.ts";
import { usageError } from "../grammar/usage-error.ts";
import { parseEnvFile } from "./env-file.ts";
import type { Variables } from "./submitter.ts";

/** Variables that every program can expect, also in a clean environment. */
const cleanNames = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR)$/;

/**
 * The job's environment: that of the caller (or its clean part), then the files, then single
 * variables; later values override earlier ones. Throws RefusalError `usage` or `unreadable_file`.
 */
export function environmentFor(args: Arguments, env: Variables, cwd: string): Variables {
  const clean = args.has("--clean-env");
  const wanted = new Map<string, Variables[string]>();
  for (const [name, value] of Object.entries(env))
    if (!clean || cleanNames.test(name)) wanted.set(name, value);
  if (!args.has("--no-unbuffered") && env["PYTHONUNBUFFERED"] === undefined)
    wanted.set("PYTHONUNBUFFERED", "1");
  for (const file of args.values("--env-file"))
    for (const [name, value] of readEnvFile(resolve(cwd, file))) wanted.set(name, value);
  for (const text of args.values("--env")) wanted.set(...variable(text, env));
  return Object.fromEntries(wanted);
}

/** The variables that were given one by one: a container, which starts without any, gets these. */
export function explicitNames(args: Arguments, cwd: string): string[] {
  const names = new Set(args.has("--no-unbuffered") ? [] : ["PYTHONUNBUFFERED"]);
  for (const file of args.values("--env-file"))
    for (const [name] of readEnvFile(resolve(cwd, file))) names.add(name);
  for (const text of args.values("--env")) names.add(text.split("=")[0] ?? "");
  return [...names];
}

/** Only those that were given one by one. */
export function givenVariables(args: Arguments, own: NodeJS.ProcessEnv): Variables {
  const set = Object.entries(own).filter(([, value]) => value !== undefined);
  const env = Object.fromEntries(set) as Variables;
  return Object.fromEntries(args.values("--env").map((text) => variable(text, env)));
}

/** `KEY=VALUE`, or `KEY` with the caller's value. */
function variable(text: string, env: Variables): [string, Variables[string]] {
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (name === "") throw usageError("--env needs a name before =", "Write it like -e KEY=VALUE");
  if (equals !== -1) return [name, text.slice(equals + 1)];
  const value = env[name];
  if (value === undefined)
    throw usageError(`${name} is not set here`, `Give it a value: -e ${name}=VALUE`);
  return [name, value];
}

function readEnvFile(path: string): [string, string][] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw unreadable(path, reasonOf(error as NodeJS.ErrnoException));
  }
  if (!isUtf8(bytes)) throw unreadable(path, "it is not UTF-8");
  const parsed = parseEnvFile(bytes.toString());
  // The line itself may contain a secret.
  if (!parsed.ok) throw unreadable(path, `line ${parsed.line} is not KEY=VALUE`);
  return parsed.variables;
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  const explanations: Record<string, string> = {
    ENOENT: "it is not there",
    EACCES: "this user may not read it",
    EISDIR: "it is a folder",
  };
  return explanations[code ?? ""] ?? message;
}

function unreadable(path: string, what: string): RefusalError {
  return new RefusalError({ code: "unreadable_file", details: { path, what } });
}
