import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Place, serverLeaf } from "./cgroup-places.ts";

const wanted = ["memory", "pids", "cpu", "cpuset", "io"];

/**
 * Enables the available controllers for the children of `root`, a group of ours below
 * `place`. Returns a message with what is missing and why; empty when nothing is.
 */
export function enableControllers(place: Place, root: string): string {
  const available = splitAtBlanks(join(place.parent, "cgroup.controllers"));
  const lacking = wanted.filter((name) => !available.includes(name));
  const failures = [...enable(place, available)];
  for (const name of splitAtBlanks(join(root, "cgroup.controllers")))
    if (wanted.includes(name)) tryEnabling(root, name);
  const enabled = splitAtBlanks(join(root, "cgroup.subtree_control"));
  const missing = wanted.filter((name) => !enabled.includes(name));
  if (missing.length === 0) return "";
  if (failures.length === 0 && lacking.length > 0)
    return `${place.parent} has no ${lacking.join(", ")} controller`;
  return `no ${missing.join(", ")} controller in ${root}: ${failures[0] ?? "the kernel refused"}`;
}

function enable(place: Place, available: readonly string[]): string[] {
  const { parent } = place;
  const already = splitAtBlanks(join(parent, "cgroup.subtree_control"));
  const missing = wanted.filter((name) => available.includes(name) && !already.includes(name));
  if (missing.length === 0) return [];
  if (place.enabling !== "may") return [place.enabling.not];
  // Only a group without processes of its own may have controllers for its children. The kernel
  // would take some of them all the same, and then no process into the children.
  if (hasProcesses(parent) && !(place.leaf && leave(parent)))
    return [`${parent} has processes that are not Holdfast's`];
  const failed = missing.filter((name) => tryEnabling(parent, name) !== null);
  return failed.length === 0 ? [] : [`${parent} refused ${failed.join(", ")}`];
}

/** False for the root of the hierarchy, which may have both. */
function hasProcesses(group: string): boolean {
  return (
    existsSync(join(group, "cgroup.type")) && splitAtBlanks(join(group, "cgroup.procs")).length > 0
  );
}

/** One at a time: an unavailable controller must not keep the others out. Null, or the error's code. */
function tryEnabling(group: string, name: string): string | null {
  try {
    writeFileSync(join(group, "cgroup.subtree_control"), `+${name}`);
    return null;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/**
 * Moves this process, and the command that started it and waits for it, into a leaf below `group`.
 * False, with no process moved, when any other process is there.
 */
function leave(group: string): boolean {
  const ours = new Set([process.pid, ...(startedByOurselves() ? [process.ppid] : [])]);
  const members = splitAtBlanks(join(group, "cgroup.procs")).map(Number);
  if (members.some((pid) => !ours.has(pid))) return false;
  const leaf = join(group, serverLeaf);
  try {
    mkdirSync(leaf, { recursive: true });
    for (const pid of members) writeFileSync(join(leaf, "cgroup.procs"), String(pid));
    return true;
  } catch {
    return false;
  }
}

/** The command line runs on the same Node and hands its child a descriptor to answer on. */
function startedByOurselves(): boolean {
  if (process.env["HOLDFAST_READY_FD"] === undefined) return false;
  try {
    return readlinkSync(`/proc/${process.ppid}/exe`) === readlinkSync("/proc/self/exe");
  } catch {
    return false;
  }
}

function splitAtBlanks(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
