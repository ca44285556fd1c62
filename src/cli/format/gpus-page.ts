import type { Gpus } from "../../client/client.ts";
import { formatDuration, formatSize } from "../../contract/units.ts";
import { table, warning, type Column, type Page, type Text } from "./page.ts";

type Gpu = Gpus["gpus"][number];
/** Null: the driver does not report on which GPU. */
type Holding = Gpu["holders"][number] & { gpu: number | null };

const gpuColumns: readonly Column<Gpu>[] = [
  { title: "GPU", align: "right", cell: ({ index }) => String(index) },
  { title: "MODEL", least: 12, cell: ({ model }) => model },
  {
    title: "MEMORY",
    align: "right",
    cell: ({ memory }) => `${size(memory.usedBytes)} of ${size(memory.totalBytes)}`,
  },
  { title: "BUSY", align: "right", cell: ({ utilisation }) => known(utilisation.gpuPercent, "%") },
  { title: "TEMP", align: "right", cell: ({ temperature }) => known(temperature.celsius, "°C") },
  { title: "POWER", align: "right", cell: ({ power }) => watts(power.drawMilliwatts) },
  { title: "SLOWED BY", least: 12, cell: slowedBy },
  { title: "GIVEN TO", least: 8, cell: givenTo },
];

const holderColumns: readonly Column<Holding>[] = [
  { title: "GPU", align: "right", cell: ({ gpu }) => known(gpu, "") },
  { title: "PID", align: "right", cell: ({ pid }) => String(pid) },
  { title: "MEMORY", align: "right", cell: ({ usedBytes }) => size(usedBytes) },
  { title: "BELONGS TO", least: 12, cell: ({ owner }) => owner },
  { title: "BY", least: 10, cell: ({ mps, how }) => `${how.join(", ")}${mps ? " (MPS)" : ""}` },
  { title: "COMMAND", least: 12, cell: ({ command }) => command },
];

/** The driver's data of each GPU, its holders, and what is not known. */
export function gpusPage({ gpus, unplacedHolders, probe, holderSight, takenAtMs }: Gpus): Page {
  const holders: Holding[] = gpus.flatMap(({ index, holders: all }) =>
    all.map((holder) => Object.assign({ gpu: index }, holder)),
  );
  holders.push(...unplacedHolders.map((holder) => Object.assign({ gpu: null }, holder)));
  return [
    ...(gpus.length === 0 ? [] : [table(gpus, gpuColumns)]),
    ...(holders.length === 0 ? [] : ["", table(holders, holderColumns)]),
    ...gpus.flatMap((gpu) => notes(gpu, takenAtMs)),
    ...(probe.reason === null ? [] : [warning(describeProbe(probe))]),
    ...(gpus.length === 0 || holderSight.reason === null
      ? []
      : [warning(`the list of holders may be incomplete: ${holderSight.reason}`)]),
  ];
}

function describeProbe({ source, state, reason, stuckPids }: Gpus["probe"]): string {
  if (source === "none") return `no GPU: ${reason ?? ""}`;
  const stuck = stuckPids.length === 0 ? "" : `; stuck in the kernel: ${stuckPids.join(", ")}`;
  return `${state === "ok" ? "the driver was queried in another way" : `the driver: ${state}`}: ${reason ?? ""}${stuck}`;
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

function notes(gpu: Gpu, nowMs: number): Text[] {
  const { index, uuid, withheld, lastXid, ecc, migEnabled, processListRead } = gpu;
  const notable: Text[] = [];
  if (withheld !== null)
    notable.push(
      warning(
        `GPU ${index} is not given to the next job, since job ${withheld.jobId} ended: ${withheld.message}; holdfast holders gpu:${index}`,
      ),
    );
  if (lastXid !== null) {
    const ago = formatDuration(Math.max(0, nowMs - lastXid.seenAtMs));
    notable.push(warning(`GPU ${index}: Xid ${lastXid.code}, ${ago} ago`));
  }
  if ((ecc.uncorrectedVolatile ?? 0) > 0)
    notable.push(
      warning(
        `GPU ${index}: ${ecc.uncorrectedVolatile} uncorrected memory errors since the driver was loaded`,
      ),
    );
  if (migEnabled === true)
    notable.push(`GPU ${index} is split into instances: the numbers are for the whole GPU`);
  if (!processListRead)
    notable.push(`GPU ${index} (${uuid}): the driver does not list its processes`);
  return notable;
}

function known(value: number | null, unit: string): string {
  return value === null ? "?" : `${value}${unit}`;
}

function watts(milliwatts: number | null): string {
  return milliwatts === null ? "?" : `${Math.round(milliwatts / 1000)}W`;
}

function size(bytes: number | null): string {
  return bytes === null ? "?" : formatSize(bytes);
}
