import { isUtf8 } from "node:buffer";

/** A command as the client sends it. */
export interface CommandRequest {
  build: string;
  /** As /proc/self/ns has them. */
  namespaces: { pid: string; mount: string; user: string };
  /** Whether standard input, output and error are terminals. */
  terminals: { input: boolean; output: boolean; error: boolean };
  size: TerminalSize | null;
  cwd: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** As /proc/PID/environ. */
  rawEnvironment: Buffer;
}

export interface TerminalSize {
  columns: number;
  rows: number;
}

const protocol = "1";

/** Null: this host cannot run it exactly as Node would for the client. */
export function parseRequest(content: Buffer): CommandRequest | null {
  const end = nthNul(content, 0, 9);
  if (end === null) return null;
  const [version, build = "", pid = "", mount = "", user = "", terminals = "", ...rest] = content
    .toString("utf8", 0, end)
    .split("\0");
  const [size = "", cwd = "", count = ""] = rest;
  const argsEnd = nthNul(content, end, Number(count));
  if (version !== protocol || argsEnd === null) return null;
  const rawEnvironment = content.subarray(argsEnd);
  // What is not UTF-8 is refused or passed on by code that reads its own process.
  if (!isUtf8(content.subarray(0, argsEnd))) return null;
  return {
    build,
    namespaces: { pid, mount, user },
    terminals: {
      input: terminals[0] === "1",
      output: terminals[1] === "1",
      error: terminals[2] === "1",
    },
    size: parseSize(size),
    cwd,
    args: content.toString("utf8", end, argsEnd).split("\0").slice(0, -1),
    env: environmentOf(rawEnvironment),
    rawEnvironment,
  };
}

export function parseSize(text: string): TerminalSize | null {
  const [, columns, rows] = /^(\d+) (\d+)$/.exec(text) ?? [];
  return columns === undefined ? null : { columns: Number(columns), rows: Number(rows) };
}

/** As Node reads it: bytes that are not UTF-8 are replaced, and the first of two equal names counts. */
function environmentOf(raw: Buffer): NodeJS.ProcessEnv {
  // Without the names that every object has.
  const env = Object.create(null) as NodeJS.ProcessEnv;
  for (const variable of raw.toString("utf8").split("\0")) {
    const equals = variable.indexOf("=");
    if (equals > 0) env[variable.slice(0, equals)] ??= variable.slice(equals + 1);
  }
  return env;
}

/** Position after the `count`th NUL from `from` on; null: there are fewer. */
function nthNul(content: Buffer, from: number, count: number): number | null {
  let at = from;
  for (let left = count; left > 0; left -= 1) {
    const found = content.indexOf(0, at);
    if (found === -1) return null;
    at = found + 1;
  }
  return at;
}
