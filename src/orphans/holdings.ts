import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import type { Holdings } from "./scene.ts";

const gpuDevice = /^\/dev\/(nvidia(\d+|ctl|-uvm)|kfd|dri\/renderD\d+)$/;
const modelFile = /\.(pt|pth|ckpt|safetensors|bin|h5|onnx|gguf|pkl)$/;

/** The targets of a process's descriptors. Null where the kernel does not let this user see. */
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

/** Files mapped into a process's memory. */
function mappedFiles(pid: number): string[] {
  const paths = new Set<string>();
  for (const [, path] of textOf(`/proc/${pid}/maps`).matchAll(/ (\/\S.*)$/gm))
    if (path !== undefined) paths.add(path);
  return [...paths];
}

export function readHoldings(
  pid: number,
  ports: ReadonlyMap<string, number>,
): Omit<Holdings, "gpuMemory"> {
  const open = descriptorTargets(pid) ?? [];
  const mapped = mappedFiles(pid);
  const sockets = open.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
  const memory = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`))?.[1];
  return {
    residentBytes: memory === undefined ? null : Number(memory) * 1024,
    gpuDevices: distinct([...open, ...mapped].filter((path) => gpuDevice.test(path))),
    ports: distinct(sockets.flatMap((inode) => ports.get(inode) ?? [])),
    checkpoints: distinct(
      [...open, ...mapped].filter((path) => modelFile.test(path)).map((path) => basename(path)),
    ).slice(0, 10),
  };
}

function distinct<T extends string | number>(values: readonly T[]): T[] {
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
}

/** What a link points to; nothing where it is gone or hidden. */
function linkOf(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    return [];
  }
}

function namesIn(folder: string): string[] | null {
  try {
    return readdirSync(folder);
  } catch {
    return null;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
