import { resolve } from "node:path";
import type { JobRequest } from "../../client/client.ts";
import type { Arguments } from "../grammar/parse.ts";
import { usageError } from "../grammar/usage-error.ts";
import { explicitNames } from "./environment.ts";

const runtimes = ["apptainer", "singularity", "podman", "docker"] as const;

/** The container of the command line; undefined if it names none. */
export function containerOf(args: Arguments, cwd: string): JobRequest["container"] | undefined {
  const text = args.value("--container");
  if (text === undefined) {
    for (const option of ["--bind", "--container-arg"])
      if (args.has(option))
        throw usageError(
          `${option} is about a container, and there is none`,
          "Say which: --container podman:IMAGE",
        );
    return undefined;
  }
  const [, name = "", image = ""] = /^([a-z]+):(.+)$/.exec(text) ?? [];
  const runtime = runtimes.find((known) => known === name);
  if (runtime === undefined)
    throw usageError(
      `--container ${text} does not say what runs it`,
      `Write it like --container podman:${text}, with one of: ${runtimes.join(", ")}`,
    );
  return {
    runtime,
    image,
    args: [...args.values("--container-arg")],
    binds: args.values("--bind").map((bind) => absolute(bind, cwd)),
    env: explicitNames(args, cwd),
  };
}

/** `data:/data` with the host's side resolved from here. */
function absolute(bind: string, cwd: string): string {
  const [host = "", ...rest] = bind.split(":");
  if (host === "") throw usageError("--bind needs a folder", "Write it like --bind /data:/data:ro");
  return [resolve(cwd, host), ...rest].join(":");
}
