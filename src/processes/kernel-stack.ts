import { readFile } from "node:fs/promises";

/**
 * Where a process hangs in the kernel, innermost first; null if the kernel does not say (only root
 * may ask). Asynchronous on purpose: reading waits for a lock that a process in exec may hold.
 */
export async function kernelStackOf(pid: number): Promise<string[] | null> {
  try {
    return parseKernelStack(await readFile(`/proc/${pid}/stack`, "utf8"));
  } catch {
    return null;
  }
}

/** `[<0>] folio_wait_bit+0x1/0x2` becomes `folio_wait_bit`. */
export function parseKernelStack(text: string): string[] | null {
  const frames = text
    .split("\n")
    .flatMap((line) => /^\[<[0-9a-f]+>\] ([^\s+]+)/.exec(line)?.[1] ?? []);
  return frames.length === 0 ? null : frames.slice(0, 32);
}
