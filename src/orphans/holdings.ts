import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { descriptorTargets } from "../processes/open-files.ts";
import type { Holdings } from "./scene.ts";

const gpuDevice = /^\/dev\/(nvidia(\d+|ctl|-uvm)|kfd|dri\/renderD\d+)$/;
const sharedMemory = /^(\/dev\/shm\/|\/SYSV[0-9a-f]{8})/;
const modelFile = /\.(pt|pth|ckpt|safetensors|bin|h5|onnx|gguf|pkl)$/;

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
    sharedMemory: distinct(mapped.filter((path) => sharedMemory.test(path))).slice(0, 10),
  };
}

function distinct<T extends string | number>(values: readonly T[]): T[] {
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
