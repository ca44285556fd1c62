import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";

type Gpu = NonNullable<Receipt["gpus"]>[number];

const verdictWords = {
  released: "released",
  held_by_live: "held by a process of this job",
  held_via_inherited_fd: "held by an inherited descriptor",
  held_unkillable: "held by a process that cannot be killed",
  residual_unattributed: "memory remains in use without a holder",
  unknown: "not known",
} as const satisfies Record<Gpu["verdict"], string>;

/** Memory in use on each GPU before, during and after the job, and whether it was released. */
export function receiptGpus({ gpus }: Receipt, style: Style): string[] {
  if (gpus === null || gpus.length === 0) return [];
  return [
    "  GPUs",
    ...gpus.flatMap((gpu) => {
      const verdict = verdictWords[gpu.verdict];
      const shown = gpu.verdict === "released" ? style.green(verdict) : style.yellow(verdict);
      return [
        `    ${gpu.index ?? "?"} ${printable(gpu.model)} (${gpu.uuid}): ${shown}`,
        `      ${memoryWords(gpu)}`,
        `      ${printable(gpu.words)}, seen in ${gpu.looks} ${gpu.looks === 1 ? "sample" : "samples"} over ${formatDuration(gpu.checkMs)}`,
        ...gpu.holders.map(
          ({ pid, command, state, usedBytes }) =>
            `      held by ${pid} ${printable(command)} (state ${state}, ${size(usedBytes)})`,
        ),
      ];
    }),
  ];
}

function memoryWords({ beforeBytes, ownPeakBytes, peakBytes, afterBytes }: Gpu): string {
  const own = ownPeakBytes === null ? "" : ` (the job's own: ${size(ownPeakBytes)})`;
  return `in use: ${size(beforeBytes)} before, at most ${size(peakBytes)} seen during the job${own}, ${size(afterBytes)} after`;
}

function size(bytes: number | null): string {
  return bytes === null ? "?" : formatSize(bytes);
}
