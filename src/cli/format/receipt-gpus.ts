import type { Receipt } from "../../contract/receipt.ts";
import { counted } from "../../contract/counted.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { painted, section, type Section } from "./page.ts";

type Gpu = NonNullable<Receipt["gpus"]>[number];

const verdictMessages = {
  released: "released",
  held_by_live: "held by a process of this job",
  held_via_inherited_fd: "held by an inherited descriptor",
  held_unkillable: "held by a process that cannot be killed",
  residual_unattributed: "memory remains in use without a holder",
  unknown: "not known",
} as const satisfies Record<Gpu["verdict"], string>;

/** Memory in use on each GPU before, during and after the job, and whether it was released. */
export function receiptGpus({ gpus }: Receipt): Section {
  return section("GPUs", (gpus ?? []).map(gpuSection));
}

function gpuSection(gpu: Gpu): Section {
  const { index, model, uuid, verdict, message, samples, checkMs, holders } = gpu;
  const colour = verdict === "released" ? "green" : "yellow";
  return section(
    [`${index ?? "?"} ${model} (${uuid}): `, painted(verdictMessages[verdict], colour)],
    [
      describeMemory(gpu),
      `${message}, seen in ${counted(samples, "sample")} over ${formatDuration(checkMs)}`,
      ...holders.map(
        ({ pid, command, state, usedBytes }) =>
          `held by ${pid} ${command} (state ${state}, ${size(usedBytes)})`,
      ),
    ],
  );
}

function describeMemory({ beforeBytes, ownPeakBytes, peakBytes, afterBytes }: Gpu): string {
  const own = ownPeakBytes === null ? "" : ` (the job's own: ${size(ownPeakBytes)})`;
  return `in use: ${size(beforeBytes)} before, at most ${size(peakBytes)} seen during the job${own}, ${size(afterBytes)} after`;
}

function size(bytes: number | null): string {
  return bytes === null ? "?" : formatSize(bytes);
}
