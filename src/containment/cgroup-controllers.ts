import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Place } from "./cgroup-places.ts";

const wanted = ["memory", "pids", "cpu", "cpuset", "io"];

/**
 * Enables what there is of the controllers for the children of `root`, a group of ours below
 * `place`. Returns what is missing and why, in words; empty when nothing is.
 */
export function enableControllers(place: Place, root: string): string {
  const available = wordsIn(join(place.parent, "cgroup.controllers"));
  const lacking = wanted.filter((name) => !available.includes(name));
  const failures = [...enable(place, available)];
  for (const name of wordsIn(join(root, "cgroup.controllers")))
    if (wanted.includes(name)) tryEnabling(root, name);
  const enabled = wordsIn(join(root, "cgroup.subtree_control"));
  const missing = wanted.filter((name) => !enabled.includes(name));
  if (missing.length === 0) return "";
  const why =
    failures[0] ??
    (lacking.length > 0 ? `${place.parent} has not ${lacking.join(", ")}` : "the kernel refused");
  return `no ${missing.join(", ")} controller in ${root}: ${why}`;
}

function enable(place: Place, available: readonly string[]): string[] {
  const { parent } = place;
  const already = wordsIn(join(parent, "cgroup.subtree_control"));
  const missing = wanted.filter((name) => available.includes(name) && !already.includes(name));
  if (missing.length === 0) return [];
  if (place.enabling !== "may") return [place.enabling.not];
  const busy = missing.filter((name) => tryEnabling(parent, name) === "EBUSY");
  if (busy.length === 0) return [];
  // Only a group without processes of its own may have controllers for its children.
  if (!place.leaf || !leave(parent))
    return [`${basename(parent)} has processes that are not Holdfast's`];
  const failed = busy.filter((name) => tryEnabling(parent, name) !== null);
  return failed.length === 0 ? [] : [`${parent} refused ${failed.join(", ")}`];
}

/** One at a time: a controller that cannot be had must not keep the others out. Null, or the error's code. */
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
 * False, and nobody moved, when anybody else is there.
 */
function leave(group: string): boolean {
  const ours = new Set([process.pid, ...(startedByOurselves() ? [process.ppid] : [])]);
  const members = wordsIn(join(group, "cgroup.procs")).map(Number);
  if (members.some((pid) => !ours.has(pid))) return false;
  const leaf = join(group, "holdfast-server");
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

function wordsIn(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}
