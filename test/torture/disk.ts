import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const chunkBytes = 64 * 1024;

/** A small file system for the torture test to fill. */
export class Disk {
  readonly path: string;

  /** Null where it may not be mounted. */
  static mount(sizeMib: number): Disk | null {
    const path = mkdtempSync(join(tmpdir(), "hf-disk-"));
    try {
      const options = `size=${sizeMib}m,mode=755`;
      execFileSync("mount", ["-t", "tmpfs", "-o", options, "holdfast-torture", path], {
        stdio: "ignore",
      });
      return new Disk(path);
    } catch {
      rmdirSync(path);
      return null;
    }
  }

  private constructor(path: string) {
    this.path = path;
  }

  fill(): void {
    const file = openSync(this.#filler, "a");
    const chunk = Buffer.alloc(chunkBytes, "x");
    try {
      for (let size = chunkBytes; size >= 1; size = Math.floor(size / 2))
        this.#append(file, chunk, size);
    } finally {
      closeSync(file);
    }
  }

  freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  unmount(): void {
    // Lazily: a spawner may need a moment to notice that its server has gone.
    execFileSync("umount", ["--lazy", this.path]);
    rmdirSync(this.path);
  }

  get #filler(): string {
    return join(this.path, "filler");
  }

  #append(file: number, chunk: Buffer, size: number): void {
    try {
      for (;;) writeSync(file, chunk, 0, size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}
