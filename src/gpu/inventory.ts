import { runToEnd } from "../system/child.ts";

export interface Gpu {
  /** Stable across reboots, unlike the index. */
  uuid: string;
  index: number;
  model: string;
}

const timeoutMs = 10_000;

/**
 * The machine's NVIDIA GPUs by `nvidia-smi`, in a child process that is killed
 * when it hangs. No program, no driver or no answer: no GPUs, and why.
 */
export async function findGpus(): Promise<{ gpus: Gpu[]; why: string }> {
  let finished;
  try {
    finished = await runToEnd(
      "nvidia-smi",
      ["--query-gpu=index,uuid,name", "--format=csv,noheader"],
      { timeoutMs },
    );
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      gpus: [],
      why: code === "ENOENT" ? "nvidia-smi is not installed" : `nvidia-smi: ${String(error)}`,
    };
  }
  if (finished.code !== 0) {
    const words =
      finished.signal === null ? `status ${finished.code}` : `no answer in ${timeoutMs / 1000}s`;
    return {
      gpus: [],
      why: `nvidia-smi: ${words}: ${finished.stderr.trim() || finished.stdout.trim()}`,
    };
  }
  return { gpus: parseGpus(finished.stdout), why: "as nvidia-smi lists them" };
}

/** Lines `0, GPU-5c6e…, NVIDIA H100 80GB HBM3`; others are passed over. */
export function parseGpus(text: string): Gpu[] {
  return text.split("\n").flatMap((line) => {
    const [, index, uuid, model] = /^(\d+), (GPU-[0-9a-fA-F-]+), (.+)$/.exec(line.trim()) ?? [];
    return index === undefined || uuid === undefined || model === undefined
      ? []
      : [{ index: Number(index), uuid, model }];
  });
}
