import { writeFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Logger } from "pino";
import { heldByAnother } from "../client/lock-owner.ts";
import type { Config } from "../config/config.ts";
import { takeFolder, takeStateFolder } from "../config/own-folder.ts";
import type { Paths } from "../config/paths.ts";
import { recordSocket } from "../config/server-address.ts";
import { ownPidNamespace } from "../processes/pid-namespace.ts";
import { ServerLock } from "../store/server-lock.ts";
import { announce } from "./announce.ts";

/**
 * The folders of a server, for this user only (commands, output and environments are there), and the
 * lock of the state folder. Throws RefusalError.
 */
export async function takeServerFolders({ paths }: Config): Promise<ServerLock> {
  announce.phase("taking the state folder");
  takeStateFolder(paths.stateDir);
  takeFolder(paths.attemptsDir, "HOLDFAST_STATE_DIR");
  takeFolder(paths.runtimeDir, "HOLDFAST_RUNTIME_DIR");
  // The first file operation with a promise creates Node's threads, and Node aborts if they cannot be
  // created: better before this server is reported as ready.
  await stat(paths.stateDir);
  const lock = ServerLock.take(paths.lockFile);
  if (lock === null) throw heldByAnother(paths);
  writeFileSync(paths.pidFile, `${process.pid}\n${ownPidNamespace()?.inode ?? ""}\n`);
  return lock;
}

/** Without it only commands with the same runtime folder find this server. */
export async function recordAddress({ addressFile, socket }: Paths, log: Logger): Promise<void> {
  try {
    await recordSocket(addressFile, socket);
  } catch (error) {
    log.warn({ err: error }, "recording where this server listens");
  }
}
