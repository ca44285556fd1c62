import type { Gpus } from "../../client/client.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { table, type Column } from "./table.ts";

type Gpu = Gpus["gpus"][number];
type Holder = Gpu["holders"][number];

const gpuColumns: readonly Column[] = [
  { title: "GPU", align: "right", gives: false, least: 0 },
  { title: "MODEL", align: "left", gives: true, least: 12 },
  { title: "MEMORY", align: "right", gives: false, least: 0 },
  { title: "BUSY", align: "right", gives: false, least: 0 },
  { title: "TEMP", align: "right", gives: false, least: 0 },
  { title: "POWER", align: "right", gives: false, least: 0 },
  { title: "SLOWED BY", align: "left", gives: true, least: 12 },
  { title: "GIVEN TO", align: "left", gives: true, least: 8 },
];

const holderColumns: readonly Column[] = [
  { title: "GPU", align: "right", gives: false, least: 0 },
  { title: "PID", align: "right", gives: false, least: 0 },
  { title: "MEMORY", align: "right", gives: false, least: 0 },
  { title: "BELONGS TO", align: "left", gives: true, least: 12 },
  { title: "BY", align: "left", gives: true, least: 10 },
  { title: "COMMAND", align: "left", gives: true, least: 12 },
];

/** The driver's data of each GPU, its holders, and what is not known; at most `width` columns wide. */
export function gpusPage(found: Gpus, width: number | null, style: Style): string[] {
  const { gpus, unplacedHolders, probe, holderSight } = found;
  const bold = (row: number, _column: number, text: string) =>
    row === -1 ? style.bold(text) : text;
  const holders = gpus.flatMap((gpu) =>
    gpu.holders.map((holder) => holderRow(String(gpu.index), holder)),
  );
  holders.push(...unplacedHolders.map((holder) => holderRow("?", holder)));
  return [
    ...(gpus.length === 0 ? [] : table(gpuColumns, gpus.map(gpuRow), width, bold)),
    ...(holders.length === 0 ? [] : ["", ...table(holderColumns, holders, width, bold)]),
    ...gpus.flatMap((gpu) => notes(gpu, found.takenAtMs, style)),
    ...(probe.reason === null ? [] : [style.yellow(printable(probeWords(probe)))]),
    ...(gpus.length === 0 || holderSight.reason === null
      ? []
      : [style.yellow(`the list of holders may be incomplete: ${printable(holderSight.reason)}`)]),
  ];
}

function probeWords({ source, state, reason, stuckPids }: Gpus["probe"]): string {
  if (source === "none") return `no GPU: ${reason ?? ""}`;
  const stuck = stuckPids.length === 0 ? "" : `; stuck in the kernel: ${stuckPids.join(", ")}`;
  return `${state === "ok" ? "the driver was queried in another way" : `the driver: ${state}`}: ${reason ?? ""}${stuck}`;
}

function gpuRow(gpu: Gpu): string[] {
  const { index, model, memory, utilisation, temperature, power } = gpu;
  return [
    String(index),
    printable(model),
    `${size(memory.usedBytes)} of ${size(memory.totalBytes)}`,
    utilisation.gpuPercent === null ? "?" : `${utilisation.gpuPercent}%`,
    temperature.celsius === null ? "?" : `${temperature.celsius}°C`,
    power.drawMilliwatts === null ? "?" : `${Math.round(power.drawMilliwatts / 1000)}W`,
    slowedBy(gpu),
    givenTo(gpu),
  ];
}

/** A GPU that is idle, or at a requested clock, is not slowed down. */
function slowedBy({ throttle }: Gpu): string {
  if (throttle.reasons === null) return "?";
  const asked = new Set(["idle", "application-clocks", "display-clocks", "sync-boost"]);
  const reasons = throttle.reasons.filter((reason) => !asked.has(reason));
  return reasons.length === 0 ? "nothing" : reasons.join(", ");
}

function givenTo({ jobId, withheld, assignable }: Gpu): string {
  if (jobId !== null) return `job ${jobId}`;
  if (withheld !== null) return `withheld (job ${withheld.jobId})`;
  return assignable ? "free" : "never";
}

function holderRow(gpu: string, { pid, usedBytes, owner, how, mps, command }: Holder): string[] {
  return [
    gpu,
    String(pid),
    size(usedBytes),
    printable(owner),
    mps ? `${how.join(", ")} (MPS)` : how.join(", "),
    command === null ? "" : printable(command),
  ];
}

function notes(gpu: Gpu, nowMs: number, style: Style): string[] {
  const { index, uuid, withheld, lastXid, ecc, migEnabled, processListRead } = gpu;
  const lines: string[] = [];
  if (withheld !== null)
    lines.push(
      style.yellow(
        `GPU ${index} is not given to the next job, since job ${withheld.jobId} ended: ${printable(withheld.words)}; holdfast who gpu:${index}`,
      ),
    );
  if (lastXid !== null)
    lines.push(
      style.yellow(
        `GPU ${index}: Xid ${lastXid.code}, ${formatDuration(Math.max(0, nowMs - lastXid.seenAtMs))} ago`,
      ),
    );
  if ((ecc.uncorrectedVolatile ?? 0) > 0)
    lines.push(
      style.yellow(
        `GPU ${index}: ${ecc.uncorrectedVolatile} uncorrected memory errors since the driver was loaded`,
      ),
    );
  if (migEnabled === true)
    lines.push(`GPU ${index} is split into instances: the numbers are for the whole GPU`);
  if (!processListRead)
    lines.push(`GPU ${index} (${uuid}): the driver does not list its processes`);
  return lines;
}

function size(bytes: number | null): string {
  return bytes === null ? "?" : formatSize(bytes);
}
