import { hierarchiesOf } from "../containment/cgroup-hierarchies.ts";
import type { Machine } from "./machine.ts";

/** The cgroups of a job or of this process: a folder per controller. */
export interface Groups {
  /** The cgroup v2 folder: pressure is counted there, and without v1 everything else too. */
  unified: string | null;
  /** By name of the cgroup v1 controller. */
  v1: ReadonlyMap<string, string>;
}

/** The cgroups of a process, cut at the attempt's own: a parent also counts other attempts. */
export function groupsOf(machine: Machine, pid: number | "self", attempt: string | null): Groups {
  const mounts = machine.text("/proc/self/mountinfo") ?? "";
  const own = machine.text(`/proc/${pid}/cgroup`) ?? "";
  const v1 = new Map<string, string>();
  let unified: string | null = null;
  for (const { version, controllers, own: folder } of hierarchiesOf(mounts, own)) {
    const group = folder === null ? null : cutAt(folder, attempt);
    if (group === null) continue;
    if (version === 2) unified = group;
    else for (const controller of controllers) v1.set(controller, group);
  }
  return { unified, v1 };
}

function cutAt(folder: string, attempt: string | null): string | null {
  if (attempt === null) return folder;
  const at = folder.indexOf(`/${attempt}`);
  return at < 0 ? null : folder.slice(0, at + attempt.length + 1);
}

/** A number in a file of a cgroup. Null: the file contains `max`, or does not exist. */
export function numberIn(machine: Machine, path: string | null): number | null {
  const text = path === null ? null : machine.text(path)?.trim();
  return text === undefined || text === null || !/^\d+$/.test(text) ? null : Number(text);
}

/** The number after `NAME` in a file of lines such as `NAME 12`. */
export function lineIn(machine: Machine, path: string | null, name: string): number | null {
  const text = path === null ? null : machine.text(path);
  const found = new RegExp(`^${name} (\\d+)$`, "m").exec(text ?? "")?.[1];
  return found === undefined ? null : Number(found);
}
