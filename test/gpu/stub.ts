import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export type Driver = "whole" | "no-v3" | "no-v2" | "wide-v3" | "old";

/** A GPU of 140 GiB, in the form of the stub's script. */
export function gpuLine(index: number): string {
  return `device ${index} ${index} ${uuidOf(index)} 150754820096 653262848 0 NVIDIA H200`;
}

export function uuidOf(index: number): string {
  return `GPU-5c6e0f3a-1111-2222-3333-44445555666${index}`;
}

export function libraryOf(driver: Driver): string {
  return resolve(import.meta.dirname, `../../build/fixtures/nvml/${driver}/libnvidia-ml.so.1`);
}

/** The script with the stub's answers; see test/fixtures/nvml/README.md. */
export class Script {
  readonly folder = mkdtempSync(join(tmpdir(), "holdfast-nvml-"));
  readonly path = join(this.folder, "script");

  constructor(...lines: string[]) {
    this.become(...lines);
  }

  become(...lines: string[]): void {
    writeFileSync(this.path, lines.map((line) => `${line}\n`).join(""));
  }

  add(line: string): void {
    appendFileSync(this.path, `${line}\n`);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
