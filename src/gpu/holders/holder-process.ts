import { readFileSync } from "node:fs";
import type { ProcessStat } from "../../processes/proc-stat.ts";
import type { HolderProcess } from "../snapshot.ts";

const longestCommand = 4096;

/** What attributes a holder to somebody, as far as the kernel lets this user see. */
export function readHolderProcess(proc: string, stat: ProcessStat): HolderProcess {
  const folder = `${proc}/${stat.pid}`;
  const command = textOf(`${folder}/cmdline`).replace(/\0+$/, "").replaceAll("\0", " ");
  return {
    ppid: stat.ppid,
    // Not the owner of the folder: that is root where the process may not be traced.
    uid: Number(/^Uid:\s*\d+\s+(\d+)/m.exec(textOf(`${folder}/status`))?.[1] ?? -1),
    state: stat.state,
    threads: stat.threads,
    session: stat.session,
    comm: stat.comm,
    command: command === "" ? stat.comm : command.slice(0, longestCommand),
    cgroup: cgroupIn(textOf(`${folder}/cgroup`)),
    attempt: cookieIn(textOf(`${folder}/environ`)),
    waitChannel: stat.state === "D" ? textOf(`${folder}/wchan`) || null : null,
  };
}

/** Of the unified hierarchy, or where that has nothing but its root, systemd's. */
export function cgroupIn(text: string): string | null {
  const unified = /^0::(.+)$/m.exec(text)?.[1];
  if (unified !== undefined && unified !== "/") return unified;
  return /^\d+:name=systemd:(.+)$/m.exec(text)?.[1] ?? unified ?? null;
}

export function cookieIn(environment: string): string | null {
  return (
    /(?:^|\0)HOLDFAST_ATTEMPT=([0-9a-f]{8}-[0-9a-f-]{27})(?:\0|$)/.exec(environment)?.[1] ?? null
  );
}

/** Empty where it is gone or hidden. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
