import { isUtf8 } from "node:buffer";
import { readFileSync } from "node:fs";
import type { JobRequest } from "../../client/client.ts";
import { usageError } from "../grammar/usage-error.ts";
import { printable } from "../format/printable.ts";

type Inherited = NonNullable<JobRequest["inherited"]>;
export type Variables = NonNullable<JobRequest["env"]>;

/** The submitting process, with its attributes from before the launcher's shell and Node. */
export interface Submitter {
  /** Undefined if the command line was started without its launcher. */
  inherited: Inherited | undefined;
  env: Variables;
}

/** The variable in which the launcher passes on the keeper's line (PROTOCOL.md, `submitter`). */
export const submitterVariable = "HOLDFAST_SUBMITTER";

/** Node's replacement for bytes that are not UTF-8. */
const replacement = "\ufffd";

/**
 * Combines the record of the launcher with Node's own environment. `rawEnvironment` returns the
 * latter byte for byte. Throws RefusalError `usage` if a variable could not be passed on exactly.
 */
export function submitterOf(
  line: string | undefined,
  env: NodeJS.ProcessEnv,
  rawEnvironment: () => Buffer = () => readFileSync("/proc/self/environ"),
): Submitter {
  const variables: Variables = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) variables[name] = value;
  const doubtful = Object.entries(variables).some((pair) => pair.join("").includes(replacement));
  if (doubtful) for (const bytes of split(rawEnvironment())) set(variables, bytes);
  const fields = (line ?? "").trim().split(" ");
  const values = (key: string) =>
    fields.filter((word) => word.startsWith(`${key}=`)).map((word) => word.slice(key.length + 1));
  const [leftOut] = values("left_out");
  if (leftOut !== undefined)
    throw usageError(
      `The environment variable ${printable(decoded(leftOut).toString())} is too large to be handed to a job`,
      `Leave it out: env -u ${printable(decoded(leftOut).toString())} holdfast ...`,
    );
  for (const name of values("added")) delete variables[decoded(name).toString()];
  for (const text of values("env")) set(variables, decoded(text));
  delete variables[submitterVariable];
  return { inherited: inheritedOf(values), env: variables };
}

function inheritedOf(values: (key: string) => string[]): Inherited | undefined {
  const [umask] = values("umask");
  if (umask === undefined) return undefined;
  const number = (key: string) => values(key).map(Number)[0] ?? null;
  const limits = values("rlimit").map((text) => {
    const [name = "", soft = "", hard = ""] = text.split(":");
    return [name, `${soft}:${hard}`];
  });
  return {
    umask,
    nice: number("nice"),
    oomScoreAdj: number("oom_score_adj"),
    cpus: values("cpus")[0] ?? null,
    ignoredSignals: (values("ignored")[0] ?? "").split(",").filter(Boolean).map(Number),
    rlimits: Object.fromEntries(limits) as NonNullable<Inherited["rlimits"]>,
  };
}

function split(environment: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < environment.length;) {
    const end = environment.indexOf(0, at);
    const stop = end === -1 ? environment.length : end;
    found.push(environment.subarray(at, stop));
    at = stop + 1;
  }
  return found;
}

/** `NAME=VALUE`, byte for byte. Replaces the value that Node read. */
function set(variables: Variables, bytes: Buffer): void {
  const equals = bytes.indexOf("=", 1);
  if (equals === -1) return;
  const [name, value] = [bytes.subarray(0, equals), bytes.subarray(equals + 1)];
  if (!isUtf8(name))
    throw usageError(
      `The name of the environment variable ${printable(name.toString())} is not UTF-8 and would reach the job changed`,
      "Use --clean-env, or unset it",
    );
  variables[name.toString()] = isUtf8(value)
    ? value.toString()
    : { base64: value.toString("base64") };
}

/** `%XX` is a byte; everything else is literal. */
function decoded(text: string): Buffer {
  const latin1 = text.replaceAll(/%([0-9A-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(latin1, "latin1");
}
