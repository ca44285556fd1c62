import { type GpuBaseline, isListed } from "./baseline.ts";
import { doubtOf, excessOf, isDaemon, toleranceBytes, wasThere } from "./excess.ts";
import { isOwn, type Owner } from "./ownership.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot } from "./snapshot.ts";

/**
 * - `released`: as much memory is in use as before, not counting unrelated processes.
 * - `held_by_live`: living processes of the attempt hold the GPU.
 * - `held_via_inherited_fd`: the driver counts memory for an ended process, and a process that
 * appeared since holds the device: a forked child keeps what its parent allocated.
 * - `held_unkillable`: a holder hangs in the kernel (state D); no signal ends it.
 * - `residual_unattributed`: memory is in use that no process holds.
 * - `unknown`: required information is missing. Never "released".
 */
export const releaseVerdicts = [
  "released",
  "held_by_live",
  "held_via_inherited_fd",
  "held_unkillable",
  "residual_unattributed",
  "unknown",
] as const;
export type ReleaseVerdict = (typeof releaseVerdicts)[number];

export interface Judgement {
  verdict: ReleaseVerdict;
  /** More samples cannot change it: released, or required information is not available. */
  settled: boolean;
  /**
   * Bytes in use beyond the baseline and the known shares of unrelated processes. Null: unknown.
   */
  excessBytes: number | null;
  /** The holders, for verdicts that name processes. */
  holders: GpuHolder[];
  /** Ended processes that the driver still counts. */
  deadPids: number[];
  message: string;
}

export interface Sample {
  /** Monotonic clock. */
  atMs: number;
  snapshot: GpuSnapshot;
}

/** A driver that lists an ended process only once may just be slow. */
const deadTwiceMs = 2000;
const residualSamples = 3;
const residualWindowMs = 10_000;
/**
 * Judges whether one GPU's memory was released after an attempt has ended. Pure, over all samples
 * since then, newest last. Holders of descriptors that are unrelated to the attempt (persistence
 * daemon, monitoring, displays) are in the baseline or do not count, and delay nothing.
 */
export function judgeRelease(
  baseline: GpuBaseline,
  owner: Owner,
  samples: readonly Sample[],
): Judgement {
  const last = samples.at(-1);
  if (last === undefined) return unknown("not sampled yet", false);
  const { snapshot } = last;
  const device = deviceIn(snapshot, baseline.uuid);
  if (device === null) return unknown(whyMissing(snapshot), true);
  const own = device.holders.filter((one) => one.alive !== false && isOwn(one, owner));
  const held = heldBy(own, snapshot);
  if (held !== null) return held;
  const dead = device.holders.filter((one) => one.alive === false && !wasThere(baseline, one));
  const deadPids = dead.map(({ pid }) => pid);
  const { excessBytes, reason } = excessOf(baseline, device, owner);
  const tolerated = toleranceBytes(device.memory.totalBytes);
  if (dead.length > 0) return withDead(baseline, owner, samples, device, dead, excessBytes);
  if (excessBytes === null) return { ...unknown(reason, true), deadPids };
  if (excessBytes < tolerated)
    return {
      verdict: "released",
      settled: true,
      excessBytes,
      holders: [],
      deadPids,
      message: releasedMessage(excessBytes),
    };
  const doubt = doubtOf(device, snapshot);
  if (doubt !== null) return { ...unknown(doubt, false), excessBytes };
  if (!lasts(samples, baseline, owner, tolerated))
    return {
      ...unknown("memory is still in use, and was not observed for long enough", false),
      excessBytes,
    };
  return {
    verdict: "residual_unattributed",
    settled: false,
    excessBytes,
    holders: [],
    deadPids,
    message: `${mebi(excessBytes)} are in use that no process holds`,
  };
}

/**
 * Living processes of the attempt. Unkillable ones get their own verdict, because waiting does not
 * help.
 */
function heldBy(own: readonly GpuHolder[], { holderSight }: GpuSnapshot): Judgement | null {
  if (own.length === 0) return null;
  const stuck = own.filter(({ process }) => process?.state === "D");
  const holders = stuck.length > 0 ? stuck : [...own];
  const bytes = own.map(({ usedBytes }) => usedBytes);
  const excessBytes = bytes.includes(null)
    ? null
    : bytes.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const names = namesOf(holders);
  return {
    verdict: stuck.length > 0 ? "held_unkillable" : "held_by_live",
    settled: false,
    excessBytes,
    holders,
    deadPids: [],
    message:
      stuck.length > 0
        ? `${names} hangs in the kernel${channelOf(stuck)} and holds it: no signal can end it`
        : `${names} of this job lives and holds it${holderSight.complete ? "" : "; there may be more"}`,
  };
}

function channelOf(stuck: readonly GpuHolder[]): string {
  const channel = stuck.find(({ process }) => process?.waitChannel)?.process?.waitChannel;
  return channel === undefined || channel === null ? "" : ` (${channel})`;
}

/** The driver counts memory for ended processes. */
function withDead(
  baseline: GpuBaseline,
  owner: Owner,
  samples: readonly Sample[],
  device: GpuDevice,
  dead: readonly GpuHolder[],
  excessBytes: number | null,
): Judgement {
  const deadPids = dead.map(({ pid }) => pid);
  const pids = deadPids.join(", ");
  const snapshot = samples.at(-1)?.snapshot;
  const base = { settled: false, excessBytes, deadPids };
  if (!deadLongEnough(samples, device.uuid, deadPids))
    return {
      ...unknown(`the driver still lists process ${pids}, which has ended`, false),
      ...base,
    };
  // Daemons existed before; any other process that has the device open since then may have
  // inherited it.
  const newcomers = [...device.holders, ...(snapshot?.unplacedHolders ?? [])].filter(
    (one) => one.alive === true && !wasThere(baseline, one) && !isOwn(one, owner),
  );
  const heirs = newcomers.filter((one) => !isListed(one.how) && !isDaemon(one));
  if (heirs.length > 0)
    return {
      ...base,
      verdict: "held_via_inherited_fd",
      holders: heirs,
      message: `memory of process ${pids}, which has ended, is kept by ${namesOf(heirs)} with an inherited descriptor`,
    };
  const listed = newcomers.filter((one) => isListed(one.how));
  if (listed.length > 0)
    return {
      ...unknown(
        `the driver counts memory for process ${pids}, which has ended; ${namesOf(listed)} started since and may keep it`,
        false,
      ),
      ...base,
    };
  const sight = snapshot?.holderSight;
  if (sight?.complete !== true)
    return { ...unknown(sight?.reason ?? "not every process could be inspected", false), ...base };
  return {
    ...base,
    verdict: "residual_unattributed",
    holders: [],
    message: `the driver counts memory for process ${pids}, which has ended, and no process has the device open`,
  };
}

function deadLongEnough(samples: readonly Sample[], uuid: string, pids: readonly number[]) {
  const last = samples.at(-1)?.atMs ?? 0;
  return samples.some(({ atMs, snapshot }) => {
    const holders = deviceIn(snapshot, uuid)?.holders ?? [];
    return (
      last - atMs >= deadTwiceMs &&
      holders.some((one) => one.alive === false && pids.includes(one.pid))
    );
  });
}

/** Whether enough samples cover the window and all of them exceed the tolerance. */
function lasts(
  samples: readonly Sample[],
  baseline: GpuBaseline,
  owner: Owner,
  tolerated: number,
): boolean {
  const last = samples.at(-1)?.atMs ?? 0;
  const first = samples.find(({ atMs }) => last - atMs <= residualWindowMs)?.atMs ?? last;
  const within = samples.filter(({ atMs }) => last - atMs <= residualWindowMs);
  const excesses = within.map(({ snapshot }) => {
    const device = deviceIn(snapshot, baseline.uuid);
    return device === null ? null : excessOf(baseline, device, owner).excessBytes;
  });
  return (
    within.length >= residualSamples &&
    last - first >= residualWindowMs * 0.8 &&
    excesses.every((bytes) => bytes !== null && bytes >= tolerated)
  );
}

function deviceIn({ devices }: GpuSnapshot, uuid: string): GpuDevice | null {
  return devices.find((one) => one.uuid === uuid) ?? null;
}

function whyMissing({ probe }: GpuSnapshot): string {
  return probe.reason ?? "the driver no longer lists this GPU";
}

function namesOf(holders: readonly GpuHolder[]): string {
  return holders.map(({ pid, process }) => `${process?.comm ?? "a process"} (${pid})`).join(", ");
}

function unknown(message: string, settled: boolean): Judgement {
  return { verdict: "unknown", settled, excessBytes: null, holders: [], deadPids: [], message };
}

function releasedMessage(excessBytes: number): string {
  return excessBytes === 0
    ? "as much memory is in use as before"
    : `${mebi(excessBytes)} more are in use than before, which the driver may keep for itself`;
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
