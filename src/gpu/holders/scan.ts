import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { inFirstPidNamespace } from "../../processes/pids-in-namespaces.ts";
import { parseStat } from "../../processes/proc-stat.ts";
import type { HolderEvidence, HolderProcess } from "../snapshot.ts";
import { isDrmFile, kindOfDeviceFile } from "./device-file.ts";
import { type DrmClient, parseDrmFdinfo } from "./drm-fdinfo.ts";
import { readHolderProcess } from "./holder-process.ts";

/** A process that has a GPU device open or mapped. */
export interface Opener {
  pid: number;
  start: number;
  process: HolderProcess;
  /** `/dev/nvidia0` */
  files: string[];
  how: Extract<HolderEvidence, "descriptor" | "maps">[];
  drm: DrmClient[];
}

/** One scan of all descriptors and mappings. */
export interface HolderScan {
  openers: Opener[];
  /** Living processes that were requested by pid, whether or not they hold anything. */
  asked: { pid: number; start: number; process: HolderProcess }[];
  initialPidNamespace: boolean | null;
  unreadable: number;
}

/**
 * Finds the processes that hold a GPU by descriptors and mappings. An inherited descriptor in a
 * forked child is enough to keep an ended parent's memory, and a mapping keeps it after the
 * descriptor is closed.
 *
 * @param pids pids on the driver's list, which are looked up too
 * @param proc mount point of proc; tests use another
 */
export function scanHolders(pids: readonly number[], proc = "/proc"): HolderScan {
  const scan: HolderScan = {
    openers: [],
    asked: [],
    initialPidNamespace: inFirstPidNamespace(proc),
    unreadable: 0,
  };
  const wanted = new Set(pids);
  for (const name of readdirSync(proc)) {
    const pid = Number(name);
    // The probe itself has the devices open during its session with the driver.
    if (!/^\d+$/.test(name) || pid === process.pid) continue;
    const open = openOf(`${proc}/${name}`);
    if (open === "hidden") scan.unreadable += 1;
    const found = open === "hidden" || open === "gone" ? null : open;
    const holds = found !== null && found.files.length > 0;
    if (!holds && !wanted.has(pid)) continue;
    const known = identityOf(proc, pid);
    if (known === null) continue;
    if (wanted.has(pid)) scan.asked.push({ pid, ...known });
    if (holds) scan.openers.push({ pid, ...known, ...found });
  }
  return scan;
}

function identityOf(proc: string, pid: number) {
  const text = textOf(`${proc}/${pid}/stat`);
  const stat = text === null ? null : parseStat(text);
  // A zombie without threads holds nothing.
  if (stat === null || stat.state === "X" || (stat.state === "Z" && stat.threads <= 1)) return null;
  return { start: stat.start, process: readHolderProcess(proc, stat) };
}

type Found = Pick<Opener, "files" | "how" | "drm">;

/**
 * By task: after the main thread has ended, the process's own list is empty, and a task may have
 * unshared its descriptors.
 */
function openOf(folder: string): Found | "hidden" | "gone" {
  const files = new Set<string>();
  const how = new Set<Opener["how"][number]>();
  const drm: DrmClient[] = [];
  let hidden = false;
  const tasks = namesIn(`${folder}/task`);
  if (typeof tasks === "string") return tasks;
  const seen = new Set<string>();
  for (const task of tasks) {
    const names = namesIn(`${folder}/task/${task}/fd`);
    if (names === "hidden") hidden = true;
    if (typeof names === "string") continue;
    // Threads share their descriptors unless they unshare them. Equal numbers mean the same table,
    // and reading each link is what is expensive.
    const numbers = names.join(" ");
    if (names.length === 0 || seen.has(numbers)) continue;
    seen.add(numbers);
    for (const fd of names) {
      const path = targetOf(`${folder}/task/${task}/fd/${fd}`);
      if (path === null || kindOfDeviceFile(path) === null) continue;
      files.add(path);
      how.add("descriptor");
      if (!isDrmFile(path)) continue;
      const client = parseDrmFdinfo(textOf(`${folder}/task/${task}/fdinfo/${fd}`) ?? "");
      if (client !== null) drm.push(client);
    }
  }
  for (const path of mappedDevices(textOf(`${folder}/maps`) ?? "")) {
    files.add(path);
    how.add("maps");
  }
  if (files.size === 0 && hidden) return "hidden";
  return { files: [...files].toSorted(), how: [...how], drm };
}

/** There are many long lines and few of devices, so only the latter are parsed. */
export function mappedDevices(maps: string): string[] {
  const found = new Set<string>();
  for (let at = maps.indexOf("/dev/"); at !== -1; at = maps.indexOf("/dev/", at + 1)) {
    const end = maps.indexOf("\n", at);
    const path = withoutMark(maps.slice(at, end === -1 ? undefined : end));
    if (maps[at - 1] === " " && kindOfDeviceFile(path) !== null) found.add(path);
  }
  return [...found];
}

function targetOf(link: string): string | null {
  try {
    return withoutMark(readlinkSync(link));
  } catch {
    return null; // it was closed
  }
}

/** Removes the mark that the kernel appends to the path of a removed device file. */
function withoutMark(path: string): string {
  return path.replace(/ \(deleted\)$/, "");
}

function namesIn(folder: string): string[] | "hidden" | "gone" {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "EACCES" || code === "EPERM" ? "hidden" : "gone";
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}
