import { readFileSync } from "node:fs";
import type { Paths } from "../config/paths.ts";
import { recordedSocket } from "../config/server-address.ts";
import { RefusalError } from "../contract/problems.ts";
import { lockHolder } from "../processes/lock-holder.ts";
import { ownPidNamespace } from "../processes/pid-namespace.ts";

/** The refusal for a process that needs exclusive access to a state folder and finds its lock held. */
export function heldByAnother(paths: Paths): RefusalError {
  const socket = recordedSocket(paths.addressFile);
  const what =
    socket === null
      ? "It does not listen yet, or is not a server (holdfast import and holdfast repair take the lock as well)"
      : `It listens at ${socket}`;
  const pid = lockHolder(paths.lockFile) ?? recordedPid(paths.pidFile);
  return new RefusalError({
    code: "server_already_running",
    details: { path: paths.stateDir, pid, what },
  });
}

/** The kernel does not report a holder in another PID namespace; the server's own record names it. */
function recordedPid(path: string): string {
  try {
    const [pid = "", namespace = ""] = readFileSync(path, "utf8").trim().split("\n");
    if (pid === "") return "unknown";
    const here = String(ownPidNamespace()?.inode ?? "");
    return namespace === "" || namespace === here ? pid : `${pid} of PID namespace ${namespace}`;
  } catch {
    return "unknown";
  }
}
