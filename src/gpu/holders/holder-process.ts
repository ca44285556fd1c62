import { readFileSync } from "node:fs";
import type { ProcessStat } from "../../processes/proc-stat.ts";
import type { HolderProcess } from "../snapshot.ts";

const longestCommand = 4096;

/** Facts that attribute a holder to a job, container or user, as far as this user may read them. */
export function readHolderProcess(proc: string, stat: ProcessStat): HolderProcess {
  const folder = `${proc}/${stat.pid}`;
  const command = textOf(`${folder}/cmdline`).replace(/\0+$/, "").replaceAll("\0", " ");
  return {
    ppid: stat.ppid,
    // Not the folder's owner, which is root if the process may not be traced.
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

/** The cgroup in the unified hierarchy or, if that is the root, in systemd's. */
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

/** Empty if it has ended or is hidden. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
