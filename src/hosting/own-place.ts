import { readlinkSync, statSync } from "node:fs";
import { isHosted } from "../cli/grammar/hosted.ts";
import type { LocalServer } from "../client/local-server.ts";
import type { CommandRequest } from "./request.ts";

/** Variables that are read once in a process. */
const ofTheProcess = ["TZ", "HOLDFAST_CLOCK_OFFSET_MS", "HOLDFAST_FAILPOINTS"];

/** What a command must have in common with the host, so that the host can run it as Node would in its place. */
export interface OwnPlace {
  build: string;
  namespaces: CommandRequest["namespaces"];
  env: NodeJS.ProcessEnv;
  /** Of the machine, which a process also reads once. */
  timeZone: string;
  /** Of the server whose host this is. Absolute. */
  socket: string;
  stateDir: string;
}

export function ownNamespaces(): CommandRequest["namespaces"] {
  const of = (name: string) => readlinkSync(`/proc/self/ns/${name}`);
  return { pid: of("pid"), mount: of("mnt"), user: of("user") };
}

/** Another one where the machine's time zone has been changed. */
export function machineTimeZone(): string {
  const found = statSync("/etc/localtime", { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.dev} ${found.ino} ${found.mtimeMs}`;
}

/** `local`: where the command's environment leads. */
export async function canHost(
  place: OwnPlace,
  request: CommandRequest,
  local: LocalServer,
): Promise<boolean> {
  const { pid, mount, user } = request.namespaces;
  const own = place.namespaces;
  if (request.build !== place.build) return false;
  if (pid !== own.pid || mount !== own.mount || user !== own.user) return false;
  if (ofTheProcess.some((name) => place.env[name] !== request.env[name])) return false;
  if (machineTimeZone() !== place.timeZone) return false;
  if (local.paths.stateDir !== place.stateDir || local.connection.socket !== place.socket)
    return false;
  return await isHosted(request.args);
}
