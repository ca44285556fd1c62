import { readdirSync, readlinkSync } from "node:fs";
import { throwUnlessUnseen } from "./proc-stat.ts";

/** The targets of a process's descriptors. Null if the kernel does not let this user see. */
export function descriptorTargets(pid: number): string[] | null {
  // By task: with the main thread gone `/proc/PID/fd` is empty while the others' is not.
  const tasks = namesIn(`/proc/${pid}/task`);
  if (tasks === null) return null;
  for (const task of tasks) {
    const folder = `/proc/${pid}/task/${task}/fd`;
    const names = namesIn(folder);
    if (names === null) return null;
    if (names.length > 0) return names.flatMap((name) => linkOf(`${folder}/${name}`));
  }
  return [];
}

/** What a link points to; nothing if it is gone or hidden. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch (error) {
    throwUnlessUnseen(error);
    return [];
  }
}

function namesIn(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch (error) {
    throwUnlessUnseen(error);
    return null;
  }
}
