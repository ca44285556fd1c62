import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { stat, statfs } from "node:fs/promises";
import { findObstacle } from "../containment/obstacle.ts";
import { kernelStackOf } from "../processes/kernel-stack.ts";
import type { ProcessStat } from "../processes/proc-stat.ts";
import { listProcesses } from "../processes/process-table.ts";
import { runToEnd } from "../system/child.ts";

/** The space on a file system that is available to ordinary users, from `statfs`. */
export interface Space {
  /** Distinguishes file systems. */
  device: number;
  totalBytes: number;
  freeBytes: number;
  /** 0: the file system does not count files. */
  totalFiles: number;
  freeFiles: number;
}

/** What facets read from the machine. Tests replace it with recorded texts. */
export interface Machine {
  /** Null: the file does not exist, or this user may not read it. */
  text(path: string): string | null;
  /** Null, rather than an empty list, if the folder does not exist or may not be read. */
  names(path: string): string[] | null;
  /** Size of a file. */
  bytes(path: string): number | null;
  /** Target of a link. */
  link(path: string): string | null;
  processes(): ProcessStat[];
  /** Kernel stack of a process, innermost first. Null: the kernel does not show it. */
  stack(pid: number): Promise<string[] | null>;
  /**
   * Whether a cgroup v1 freezer has frozen it. Its wait channel shows this only before Linux 6.1.
   */
  isFrozen(pid: number): boolean;
  /**
   * Null: no such folder, or the file system did not answer. Asynchronous because a dead network
   * file system hangs.
   */
  space(path: string): Promise<Space | null>;
  /** Output of a program. Null: it is not installed, fails or takes too long. */
  outputOf(program: string, args: readonly string[]): Promise<string | null>;
  /** Text of a page at an `http:` address. Null: no page arrived in time. */
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
  async outputOf(program, args) {
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
