import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { findObstacle } from "../containment/obstacle.ts";
import { kernelStackOf } from "../processes/kernel-stack.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { listProcesses } from "../processes/process-table.ts";
import { runToEnd } from "../system/child.ts";

/** A file system as `statfs` tells of it, as far as an ordinary user may use it. */
export interface Space {
  /** Tells two file systems apart. */
  device: number;
  totalBytes: number;
  freeBytes: number;
  /** 0: it does not count its files. */
  totalFiles: number;
  freeFiles: number;
}

/** What facets read of the machine. A test puts recorded texts in its place. */
export interface Machine {
  /** Null: it is not there, or this user may not read it. */
  text(path: string): string | null;
  /** None where the folder is not there or may not be read; null tells these two apart from an empty one. */
  names(path: string): string[] | null;
  /** Of a file. */
  bytes(path: string): number | null;
  /** Where a link points to. */
  link(path: string): string | null;
  processes(): ProcessStat[];
  /** Where a process hangs in the kernel, innermost first. Null: the kernel does not say. */
  stack(pid: number): Promise<string[] | null>;
  /** Whether a group of the version 1 freezer holds it. Its wait channel says so only before Linux 6.1. */
  isFrozen(pid: number): boolean;
  /** Null: no such folder, or it did not answer. Asynchronous: a dead network file system hangs. */
  space(path: string): Promise<Space | null>;
  /** What a program writes; null where it is not installed, fails or takes too long. */
  words(program: string, args: readonly string[]): Promise<string | null>;
  /** Of a page at an `http:` address; null where nobody answers in time with one. */
  page(url: string): Promise<string | null>;
}

const programTimeoutMs = 3000;
const pageTimeoutMs = 3000;
const pageLimitBytes = 8 * 1024 * 1024;

export const realMachine: Machine = {
  text: (path) => orNull(() => readFileSync(path, "utf8")),
  names: (path) => orNull(() => readdirSync(path)),
  bytes: (path) => orNull(() => statSync(path).size),
  link: (path) => orNull(() => readlinkSync(path)),
  processes: () => listProcesses(),
  stack: kernelStackOf,
  isFrozen: (pid) => findObstacle(pid)?.kind === "frozen",
  async space(path) {
    try {
      const [{ bsize, blocks, bavail, files, ffree }, { dev }] = await Promise.all([
        statfs(path),
        stat(path),
      ]);
      const [totalBytes, freeBytes] = [bsize * blocks, bsize * bavail];
      return { device: dev, totalBytes, freeBytes, totalFiles: files, freeFiles: ffree };
    } catch {
      return null;
    }
  },
  async words(program, args) {
    try {
      const { code, stdout } = await runToEnd(program, args, { timeoutMs: programTimeoutMs });
      return code === 0 ? stdout : null;
    } catch {
      return null;
    }
  },
  async page(url) {
    try {
      const answer = await fetch(url, {
        signal: AbortSignal.timeout(pageTimeoutMs),
        redirect: "error",
      });
      if (!answer.ok || answer.body === null) return null;
      let text = "";
      for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (text.length > pageLimitBytes) return null;
      }
      return text;
    } catch {
      return null;
    }
  },
};

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
