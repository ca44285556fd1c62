import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { isGone } from "../processes/proc-stat.ts";

/**
 * cgroup v2 folders, one per attempt, never used twice. Everything here is
 * about folders that Holdfast made below its own; no other group is written to.
 */

const cgroup2Magic = 0x63677270;

export interface CgroupRoot {
  /** Folder in which attempts get theirs. Null: there is none to be had. */
  path: string | null;
  /** Why it is this one, or why there is none, in words for people. */
  why: string;
}

/**
 * Finds where this server may make groups. `setting` is `auto`, `off` or a folder.
 * Makes `holdfast-<instance>` there and proves that a child with `cgroup.kill` can be made.
 */
export function findCgroupRoot(setting: string, instance: string): CgroupRoot {
  if (setting === "off") return { path: null, why: "switched off by containment.cgroup" };
  const candidates = setting === "auto" ? automaticParents() : [setting];
  const failures: string[] = [];
  for (const parent of candidates) {
    const path = join(parent, `holdfast-${instance}`);
    const failure = tryRoot(path);
    if (failure === null) return { path, why: `groups are made in ${path}` };
    failures.push(failure);
  }
  return { path: null, why: failures.join("; ") || "no cgroup v2 hierarchy is mounted" };
}

/** The own group in a pure hierarchy (delegated or root's), and the v2 side of a hybrid one. */
function automaticParents(): string[] {
  const parents: string[] = [];
  for (const mount of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]) {
    if (!isCgroup2(mount)) continue;
    const own = ownGroup();
    parents.push(join(mount, own));
    if (own !== "/") parents.push(mount);
  }
  return parents;
}

function isCgroup2(path: string): boolean {
  try {
    return statfsSync(path).type === cgroup2Magic;
  } catch {
    return false;
  }
}

function ownGroup(): string {
  const line = readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .find((text) => text.startsWith("0::"));
  return line?.slice(3) ?? "/";
}

function tryRoot(path: string): string | null {
  const probe = join(path, "probe");
  try {
    mkdirSync(path, { recursive: true, mode: 0o755 });
    mkdirSync(probe);
    const complete = existsSync(join(probe, "cgroup.kill"));
    rmdirSync(probe);
    return complete ? null : `${path}: the kernel has no cgroup.kill (5.14 or later has)`;
  } catch (error) {
    return `${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
}

/** Makes the group of one attempt. Throws if it exists: a name is never used twice. */
export async function makeGroup(root: string, attempt: string): Promise<void> {
  // The kernel takes about a millisecond for it: not on the main thread.
  await mkdir(join(root, attempt), { mode: 0o755 });
}

/** Whether any process of the group or its sub-groups lives, as the kernel counts. False when the group is gone. */
export function isPopulated(path: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(join(path, "cgroup.events"), "utf8"));
  } catch (error) {
    if (isGone(error) || (error as NodeJS.ErrnoException).code === "ENODEV") return false;
    throw error;
  }
}

/** Pids of all members, sub-groups included, each once. */
export function membersOf(path: string): number[] {
  const pids = new Set<number>();
  for (const group of groupsBelow(path)) {
    for (const line of readLines(join(group, "cgroup.procs"))) pids.add(Number(line));
  }
  // 0: a member from a PID namespace that this process cannot see.
  pids.delete(0);
  return [...pids];
}

/** KILL to every member at once. A process whose main thread has gone survives this: signal members as well. */
export function killGroup(path: string): void {
  try {
    writeFileSync(join(path, "cgroup.kill"), "1");
  } catch (error) {
    if (!isGone(error) && (error as NodeJS.ErrnoException).code !== "ENODEV") throw error;
  }
}

/** Removes the group with its sub-groups, deepest first. Returns false while the kernel says busy. */
export function removeGroup(path: string): boolean {
  try {
    for (const group of groupsBelow(path).toReversed()) rmdirSync(group);
    return true;
  } catch (error) {
    if (isGone(error)) return true;
    if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
    throw error;
  }
}

/** The group and all below it, parents before children. */
function groupsBelow(path: string): string[] {
  const found: string[] = [];
  const visit = (group: string) => {
    let entries;
    try {
      entries = readdirSync(group, { withFileTypes: true });
    } catch (error) {
      if (isGone(error)) return;
      throw error;
    }
    found.push(group);
    for (const entry of entries) if (entry.isDirectory()) visit(join(group, entry.name));
  };
  visit(path);
  return found;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // EOPNOTSUPP: a threaded sub-group lists its members only in its parent.
    if (isGone(error) || code === "ENODEV" || code === "EOPNOTSUPP") return [];
    throw error;
  }
}
