import { resolve } from "node:path";
import { stopScopes } from "../../contract/stop-scopes.ts";
import type { JobRequest } from "../../client/client.ts";
import type { Arguments } from "../grammar/parse.ts";
import { usageError } from "../grammar/usage-error.ts";
import { choiceValue, durationValue, sizeValue, wholeValue } from "../grammar/values.ts";
import { containerOf } from "./container.ts";
import { defined } from "./defined.ts";
import { environmentFor } from "./environment.ts";
import { refuseUnfaithful, refuseUnfaithfulFolder } from "./faithful.ts";
import { limitsOf } from "./limits.ts";
import { retriesOf } from "./retries.ts";
import type { Submitter } from "./submitter.ts";

const stopSignals = ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM"] as const;
const rlimitNames = ["nofile", "nproc", "core", "memlock", "stack", "as", "fsize", "cpu"] as const;
/** From coreutils: it preloads a library that changes the buffering of the C library. */
const lineBuffered = ["stdbuf", "-oL", "-eL", "--"];
/** The lease of `--with-server`: long enough for a restart of the server. */
const leaseMs = 30_000;

/** The request of a command line. The server's configuration has the defaults. */
export function jobRequest(
  args: Arguments,
  { env, inherited }: Submitter,
  cwd: string,
): JobRequest {
  refuseUnfaithful(args);
  const folder = resolve(cwd, args.value("--cwd") ?? ".");
  refuseUnfaithfulFolder(folder);
  const limitMs = durationValue(args, "--limit");
  const quota = sizeValue(args, "--output-quota");
  return {
    command: [...(args.has("--line-buffered") ? lineBuffered : []), ...args.operands],
    cwd: folder,
    env: environmentFor(args, env, cwd),
    ...defined("inherited", inherited),
    ...defined("name", args.value("--name")),
    ...(args.has("--tag") ? { tags: [...args.values("--tag")] } : {}),
    // 0 means none.
    ...defined("limitMs", limitMs === 0 ? null : limitMs),
    ...defined("graceMs", durationValue(args, "--grace")),
    ...(args.has("--with-server") ? { leaseMs } : {}),
    ...defined("leftovers", choiceValue(args, "--leftovers", ["stop", "wait"] as const)),
    ...defined("escaped", choiceValue(args, "--escaped", ["report", "stop"] as const)),
    ...defined("stopSignal", choiceValue(args, "--stop-signal", stopSignals)),
    ...defined("stopScope", choiceValue(args, "--stop-scope", stopScopes)),
    ...(args.has("--split-output") ? { output: "split" as const } : {}),
    ...defined("outputQuotaBytes", quota === 0 ? null : quota),
    ...defined("gpus", wholeValue(args, "--gpus", 0)),
    ...defined("priority", wholeValue(args, "--priority", -1000)),
    ...(args.has("--hold") ? { held: true } : {}),
    ...defined("container", containerOf(args, cwd)),
    ...defined("limits", limitsOf(args)),
    ...(args.has("--strict-limits") ? { strictLimits: true } : {}),
    ...defined("cpus", args.value("--cpus")),
    ...defined("nice", wholeValue(args, "--nice", -20)),
    ...defined("retries", retriesOf(args)),
    ...(args.has("--rlimit") ? { rlimits: rlimits(args.values("--rlimit")) } : {}),
  };
}

/** `nofile=4096:4096`, `core=0` (both limits). */
function rlimits(texts: readonly string[]): NonNullable<JobRequest["rlimits"]> {
  const pairs = texts.map((text) => {
    const [, name = "", soft = "", hard = soft] = /^(\w+)=(\w+)(?::(\w+))?$/.exec(text) ?? [];
    if (!rlimitNames.some((known) => known === name) || !isLimit(soft) || !isLimit(hard))
      throw usageError(
        `--rlimit ${text} is not known`,
        `Write it like --rlimit nofile=4096:4096, with one of: ${rlimitNames.join(", ")}`,
      );
    return [name, `${soft}:${hard}`];
  });
  return Object.fromEntries(pairs) as NonNullable<JobRequest["rlimits"]>;
}

function isLimit(text: string): boolean {
  return /^(\d+|unlimited)$/.test(text);
}
