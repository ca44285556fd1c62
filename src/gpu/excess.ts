import { type GpuBaseline, isListed } from "./baseline.ts";
import { holderKey, isOwn, type Owner } from "./ownership.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot } from "./snapshot.ts";

const leastResidueBytes = 256 * 2 ** 20;

/** Less is the driver's own: a context leaves some, and unified memory up to 100 MB. */
export function toleranceBytes(totalBytes: number | null): number {
  return Math.max(leastResidueBytes, (totalBytes ?? 0) / 100);
}

/**
 * What is in use beyond what was before, with the shares of everybody else taken off on both sides.
 * Somebody on the driver's list without a figure makes it a guess, and so it is none.
 */
export function excessOf(
  baseline: GpuBaseline,
  { memory, holders }: GpuDevice,
  owner: Owner,
): { excessBytes: number | null; reason: string } {
  const none = (reason: string) => ({ excessBytes: null, reason });
  if (baseline.usedBytes === null)
    return none(baseline.reason ?? "it was not measured before the job began");
  if (memory.usedBytes === null) return none("the driver does not say how much memory is in use");
  const unseen = holders.find((one) => one.alive === null && !wasThere(baseline, one));
  if (unseen !== undefined)
    return none(
      `process ${unseen.pid} uses it, and cannot be seen from here: it may be of this job`,
    );
  const strangers = holders.filter((one) =>
    one.alive === false ? wasThere(baseline, one) : !isOwn(one, owner),
  );
  const silent = strangers.find((one) => isListed(one.how) && one.usedBytes === null);
  if (silent !== undefined)
    return none(`process ${silent.pid} uses it as well, and the driver does not say how much`);
  const silentBefore = baseline.holders.find((one) => one.listed && one.usedBytes === null);
  if (silentBefore !== undefined)
    return none(`process ${silentBefore.pid} used it before, and the driver did not say how much`);
  const sum = (list: readonly { usedBytes: number | null }[]) =>
    list.reduce((bytes, { usedBytes }) => bytes + (usedBytes ?? 0), 0);
  const before = baseline.usedBytes - sum(baseline.holders);
  const now = memory.usedBytes - sum(strangers);
  return { excessBytes: Math.max(0, now - before), reason: "" };
}

/** What can make memory look ownerless that is not. Null: nothing of that kind. */
export function doubtOf(
  device: GpuDevice,
  { holderSight, unplacedHolders }: GpuSnapshot,
): string | null {
  if (!holderSight.complete) return holderSight.reason;
  if (!device.processListRead) return "the driver does not list who uses this GPU";
  if (device.memoryIsShared === true)
    return "this GPU's memory is the machine's own, where pages may stay after a process";
  if (device.migEnabled === true)
    return "the GPU is split into instances, where figures of processes are incomplete";
  if (device.holders.some(({ mps }) => mps))
    return "an MPS server holds memory for its clients, and is not told apart from them";
  const opener = [...device.holders, ...unplacedHolders].find(
    (one) => one.alive === true && !isListed(one.how) && !isDaemon(one),
  );
  return opener === undefined
    ? null
    : `process ${opener.pid} has the device open, and managed memory is in no list`;
}

/** Who looks at GPUs, has the devices open and allocates nothing. A name never decides that somebody is ended; here it decides who is suspected of keeping memory. */
export function isDaemon({ process }: GpuHolder): boolean {
  return /^(nvidia-persiste|nv-hostengine|dcgm|nv-fabricmanage|nvidia_gpu_expo|nvidia-smi|holdfast-gpu)/.test(
    process?.comm ?? "",
  );
}

/** Whether it held the GPU before the attempt began; a dead one by its pid alone. */
export function wasThere(baseline: GpuBaseline, holder: GpuHolder): boolean {
  return baseline.holders.some(
    (one) =>
      one.pid === holder.pid &&
      (holder.start === null || one.start === null || holderKey(one) === holderKey(holder)),
  );
}
