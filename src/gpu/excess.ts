import { type GpuBaseline, isListed } from "./baseline.ts";
import { holderKey, isOwn, type Owner } from "./ownership.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot } from "./snapshot.ts";

const leastResidueBytes = 256 * 2 ** 20;

/**
 * Smaller amounts belong to the driver: a context leaves some memory in use, unified memory up to
 * 100 MB.
 */
export function toleranceBytes(totalBytes: number | null): number {
  return Math.max(leastResidueBytes, (totalBytes ?? 0) / 100);
}

/**
 * Memory in use beyond the baseline, without the shares of unrelated processes on both sides.
 * Unknown if a process on the driver's list has no figure.
 */
export function excessOf(
  baseline: GpuBaseline,
  { memory, holders }: GpuDevice,
  owner: Owner,
): { excessBytes: number | null; reason: string } {
  const none = (reason: string) => ({ excessBytes: null, reason });
  if (baseline.usedBytes === null)
    return none(baseline.reason ?? "it was not measured before the job began");
  if (memory.usedBytes === null)
    return none("the driver does not report how much memory is in use");
  const unseen = holders.find((one) => one.alive === null && !wasThere(baseline, one));
  if (unseen !== undefined)
    return none(
      `process ${unseen.pid} uses it and is not visible from here: it may belong to this job`,
    );
  const others = holders.filter((one) =>
    one.alive === false ? wasThere(baseline, one) : !isOwn(one, owner),
  );
  const silent = others.find((one) => isListed(one.how) && one.usedBytes === null);
  if (silent !== undefined)
    return none(`process ${silent.pid} uses it too, and the driver does not report how much`);
  const silentBefore = baseline.holders.find((one) => one.listed && one.usedBytes === null);
  if (silentBefore !== undefined)
    return none(
      `process ${silentBefore.pid} used it before, and the driver did not report how much`,
    );
  const sum = (list: readonly { usedBytes: number | null }[]) =>
    list.reduce((bytes, { usedBytes }) => bytes + (usedBytes ?? 0), 0);
  const before = baseline.usedBytes - sum(baseline.holders);
  const now = memory.usedBytes - sum(others);
  return { excessBytes: Math.max(0, now - before), reason: "" };
}

/** Why memory may only appear to have no owner. Null: no such reason. */
export function doubtOf(
  device: GpuDevice,
  { holderSight, unplacedHolders }: GpuSnapshot,
): string | null {
  if (!holderSight.complete) return holderSight.reason;
  if (!device.processListRead) return "the driver does not list the processes that use this GPU";
  if (device.memoryIsShared === true)
    return "this GPU shares the machine's memory, where pages may remain after a process has ended";
  if (device.migEnabled === true)
    return "the GPU is split into instances (MIG), for which the figures of processes are incomplete";
  if (device.holders.some(({ mps }) => mps))
    return "an MPS server holds memory for its clients and cannot be distinguished from them";
  const opener = [...device.holders, ...unplacedHolders].find(
    (one) => one.alive === true && !isListed(one.how) && !isDaemon(one),
  );
  return opener === undefined
    ? null
    : `process ${opener.pid} has the device open, and managed memory is not listed`;
}

/**
 * Monitoring programs that have the devices open and allocate nothing. A name never decides that a
 * process is ended; here it only decides which processes are suspected of keeping memory.
 */
export function isDaemon({ process }: GpuHolder): boolean {
  return /^(nvidia-persiste|nv-hostengine|dcgm|nv-fabricmanage|nvidia_gpu_expo|nvidia-smi|holdfast-gpu)/.test(
    process?.comm ?? "",
  );
}

/**
 * Whether it held the GPU before the attempt began. An ended process is compared only by its pid.
 */
export function wasThere(baseline: GpuBaseline, holder: GpuHolder): boolean {
  return baseline.holders.some(
    (one) =>
      one.pid === holder.pid &&
      (holder.start === null || one.start === null || holderKey(one) === holderKey(holder)),
  );
}
