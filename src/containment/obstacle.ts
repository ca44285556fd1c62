import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Obstacle } from "../contract/stopping.ts";
import { shellWord } from "../contract/shell-word.ts";
import { readStat } from "../processes/proc-stat.ts";
import { readSmall } from "../processes/small-file.ts";
import { hierarchiesOf } from "./cgroup-hierarchies.ts";

const stateFile = "freezer.state";

/** What the kernel says about a process that SIGKILL has not ended. */
export interface KilledProcess {
  pid: number;
  /** As /proc/PID/status. */
  status: string;
  /** Groups of the version 1 freezer that were frozen on request and that it is in or below, nearest first. */
  frozenBy: readonly string[];
}

/**
 * What a person can do about a process that SIGKILL has not ended; null if only the kernel can end it.
 * Not a group of version 2: there KILL ends what is frozen.
 */
export function obstacleOf(
  { pid, status, frozenBy }: KilledProcess,
  nameOf: (pid: number) => string | null,
  ownUid: number,
): Obstacle | null {
  if (frozenBy.length > 0)
    return {
      kind: "frozen",
      message: `frozen by the control group ${frozenBy.join(" and ")}`,
      remedy: frozenBy
        .map((group) => `echo THAWED > ${shellWord(join(group, stateFile))}`)
        .join(" && "),
    };
  const owner = ownerOf(status);
  // The kernel compares the sender with the real and the saved user.
  if (ownUid !== 0 && owner !== null && !owner.includes(ownUid)) {
    const [uid] = owner;
    return {
      kind: "other_user",
      message: `a process of user ${uid}, which user ${ownUid} may not signal`,
      remedy: uid === 0 ? `sudo kill -KILL ${pid}` : `sudo -u '#${uid}' kill -KILL ${pid}`,
    };
  }
  const tracer = Number(/^TracerPid:\t(\d+)$/m.exec(status)?.[1] ?? 0);
  if (tracer === 0) return null;
  const name = nameOf(tracer);
  return {
    kind: "traced",
    message: `traced by ${name === null ? "process" : name} ${tracer}`,
    remedy: `detach it there, or end that process: kill ${tracer}`,
  };
}

/** Real and saved user. Null if the kernel does not say. */
function ownerOf(status: string): [real: number, saved: number] | null {
  const [, real, saved] = /^Uid:\t(\d+)\t\d+\t(\d+)/m.exec(status) ?? [];
  return real === undefined || saved === undefined ? null : [Number(real), Number(saved)];
}

/** Null as well if the process has ended, or the kernel does not say. */
export function findObstacle(pid: number): Obstacle | null {
  try {
    const status = readSmall(`/proc/${pid}/status`, "latin1");
    const frozenBy = frozenGroupsOf(pid);
    return obstacleOf({ pid, status, frozenBy }, commOf, process.geteuid?.() ?? 0);
  } catch {
    return null;
  }
}

function commOf(pid: number): string | null {
  return readStat(pid)?.comm ?? null;
}

function frozenGroupsOf(pid: number): string[] {
  const mounted = hierarchiesOf(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readSmall(`/proc/${pid}/cgroup`, "utf8"),
  );
  const freezer = mounted.find(
    ({ version, controllers }) => version === 1 && controllers.includes("freezer"),
  );
  if (freezer === undefined || freezer.own === null) return [];
  const frozen: string[] = [];
  for (let group = freezer.own; group.length > freezer.mountPoint.length; group = dirname(group))
    if (isFrozenItself(group)) frozen.push(group);
  return frozen;
}

/** Not because a group above it is. The root of the hierarchy cannot be frozen. */
function isFrozenItself(group: string): boolean {
  try {
    return readSmall(join(group, "freezer.self_freezing"), "latin1").trim() === "1";
  } catch {
    return false;
  }
}
