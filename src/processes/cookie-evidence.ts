import { existsSync } from "node:fs";
import { join } from "node:path";
import { readRegularFile } from "../system/regular-file.ts";
import { bootId } from "./boot.ts";
import { inFirstPidNamespace } from "./pids-in-namespaces.ts";
import { readStat } from "./proc-stat.ts";

const claimBytes = 1024 * 1024;

/**
 * The attempt in `cookie`, if it may still run and its keeper cannot be seen from here: then the cookie
 * is the only evidence. In the machine's own PID namespace every keeper is visible, and its absence
 * among the parents is enough. Null also if there is no cookie, or none of this state folder.
 */
export function cookieOfLivingAttempt(
  cookie: string | undefined,
  attemptsDir: string,
): string | null {
  if (cookie === undefined || !/^[0-9a-f-]{36}$/.test(cookie) || inFirstPidNamespace() === true)
    return null;
  const folder = join(attemptsDir, cookie);
  if (existsSync(join(folder, "exit.json"))) return null;
  try {
    const claim = JSON.parse(readRegularFile(join(folder, "keeper.json"), claimBytes)) as {
      boot_id?: unknown;
      keeper?: { pid?: unknown; start?: unknown };
    };
    if (claim.boot_id !== bootId()) return null;
    const { pid, start } = claim.keeper ?? {};
    const isVisible = typeof pid === "number" && readStat(pid)?.start === start;
    return isVisible ? null : cookie;
  } catch {
    return null; // no such attempt here
  }
}
