import { readFileSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { descriptorTargets } from "../processes/open-files.ts";
import { attemptAbove, attemptOfKeeper } from "../processes/keeper-program.ts";
import { listProcesses } from "../processes/process-table.ts";
import { type ProcessStat, throwUnlessUnseen } from "../processes/proc-stat.ts";
import { readSmall } from "../processes/small-file.ts";

/** A process that names an attempt by its title, its cgroup or its environment, or that descends from such a process. */
export interface Sighting {
  stat: ProcessStat;
  attempt: string;
  /** By its environment. */
  job: number | null;
  isKeeper: boolean;
  /** The attempt folder as its environment has it. */
  recorded: string | null;
  /** The attempt folder by a file in it that the process has open: where it is now. */
  openFolder: string | null;
  /** The same of a file that is in no folder any more. */
  removedFolder: string | null;
  /** False if the paths of the process mean other files than here, or the kernel does not say. */
  isOfOurMounts: boolean;
}

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const group = new RegExp(`/holdfast-[0-9a-f]{12}/(${uuid})(?:/|$)`, "m");
/** What the kernel puts behind the path of a file without a name. */
const deleted = " (deleted)";
const kernelThreads = 2;

/** `uid`: the user whose processes are inspected; null: every user's. */
export function attemptSightings(
  uid: number | null,
  table: readonly ProcessStat[] = listProcesses(),
): Sighting[] {
  const named = new Map<number, Sighting>();
  const byPid = new Map(table.map((stat) => [stat.pid, stat]));
  for (const stat of table) {
    if (stat.pid === kernelThreads || stat.ppid === kernelThreads) continue;
    const found = sightingOf(stat, byPid);
    if (found !== null && (uid === null || userOf(stat.pid) === uid)) named.set(stat.pid, found);
  }
  addDescendants(table, named);
  return [...named.values()];
}

function sightingOf(stat: ProcessStat, byPid: ReadonlyMap<number, ProcessStat>): Sighting | null {
  const { pid } = stat;
  const asKeeper = attemptOfKeeper(stat);
  if (asKeeper !== null) return described(stat, asKeeper, true, "");
  const environment = textOf(`/proc/${pid}/environ`);
  const attempt =
    group.exec(textOf(`/proc/${pid}/cgroup`))?.[1] ??
    attemptAbove(stat, byPid) ??
    variable(environment, "HOLDFAST_ATTEMPT");
  return attempt === null ? null : described(stat, attempt, false, environment);
}

function described(
  stat: ProcessStat,
  attempt: string,
  isKeeper: boolean,
  environment: string,
): Sighting {
  const job = Number(variable(environment, "HOLDFAST_JOB") ?? Number.NaN);
  const progress = variable(environment, "HOLDFAST_PROGRESS");
  const folders = foldersOf(stat.pid, attempt);
  return {
    stat,
    attempt,
    job: Number.isSafeInteger(job) ? job : null,
    isKeeper,
    recorded: progress?.endsWith(`/${attempt}/progress`) === true ? dirname(progress) : null,
    openFolder: folders.find((path) => !path.endsWith(deleted)) ?? null,
    removedFolder:
      folders.find((path) => path.endsWith(deleted))?.slice(0, -deleted.length) ?? null,
    isOfOurMounts: mountsOf(stat.pid) === mountsOf("self"),
  };
}

/** An attempt's folder, if it or a file in it is open; ` (deleted)` stays at the end. Its cgroup has the same name elsewhere. */
function foldersOf(pid: number, attempt: string): string[] {
  const inFolder = new RegExp(`^(/.*/attempts/${attempt})(?:/[^/]+?)?( \\(deleted\\))?$`);
  return (descriptorTargets(pid) ?? []).flatMap((target) => {
    const [, folder, end = ""] = inFolder.exec(target) ?? [];
    return folder === undefined ? [] : [folder + end];
  });
}

function addDescendants(table: readonly ProcessStat[], named: Map<number, Sighting>): void {
  const children = Map.groupBy(table, ({ ppid }) => ppid);
  const open = [...named.values()];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const stat of children.get(parent.stat.pid) ?? []) {
      if (named.has(stat.pid)) continue;
      const found = described(stat, parent.attempt, false, "");
      named.set(stat.pid, found);
      open.push(found);
    }
  }
}

function variable(environment: string, name: string): string | null {
  return new RegExp(`(?:^|\\0)${name}=([^\\0]*)`).exec(environment)?.[1] ?? null;
}

/** A keeper's files are root's; the process is still its user's. */
function userOf(pid: number): number | null {
  const found = /^Uid:\s+(\d+)/m.exec(textOf(`/proc/${pid}/status`));
  return found === null ? null : Number(found[1]);
}

function mountsOf(pid: number | "self"): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch (error) {
    throwUnlessUnseen(error);
    return null;
  }
}

/** Empty if it is gone or the kernel does not let this user see it. */
function textOf(path: string): string {
  try {
    return path.endsWith("/environ") ? readFileSync(path, "utf8") : readSmall(path, "utf8");
  } catch (error) {
    throwUnlessUnseen(error);
    return "";
  }
}
