import { type GpuBaseline, isListed } from "./baseline.ts";
import { doubtOf, excessOf, isDaemon, toleranceBytes, wasThere } from "./excess.ts";
import { isOwn, type Owner } from "./ownership.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot } from "./snapshot.ts";

/**
 * - `released`: what is in use is what was in use before, strangers' shares apart.
 * - `held_by_live`: processes of the attempt live and hold the GPU.
 * - `held_via_inherited_fd`: the driver counts memory for a dead process, and somebody who appeared
 *   meanwhile holds the device: a forked child keeps what its parent allocated.
 * - `held_unkillable`: a holder hangs in the kernel (state D); no signal ends it.
 * - `residual_unattributed`: memory is in use that nobody holds.
 * - `unknown`: something that was needed to tell would not be said. Never "released".
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
  /** More looks can change nothing: released, or what is needed is not to be had. */
  settled: boolean;
  /** In use beyond the baseline and the known shares of strangers. Null: it cannot be told. */
  excessBytes: number | null;
  /** Who holds it, for the verdicts that name somebody. */
  holders: GpuHolder[];
  /** Processes that are gone and that the driver still counts. */
  deadPids: number[];
  words: string;
}

export interface Sample {
  /** Monotonic. */
  atMs: number;
  snapshot: GpuSnapshot;
}

/** A driver that lists a dead process once may only be slow. */
const deadTwiceMs = 2000;
const residualSamples = 3;
const residualWindowMs = 10_000;
/**
 * What became of one GPU's memory after an attempt has ended: pure, over all looks since then, the
 * newest last. Descriptor holders that have nothing to do with the attempt (persistence daemon,
 * monitoring, displays) are in the baseline or count as strangers, and hold nothing up.
 */
export function judgeRelease(
  baseline: GpuBaseline,
  owner: Owner,
  samples: readonly Sample[],
): Judgement {
  const last = samples.at(-1);
  if (last === undefined) return unknown("nobody has looked yet", false);
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
      words: releasedWords(excessBytes),
    };
  const doubt = doubtOf(device, snapshot);
  if (doubt !== null) return { ...unknown(doubt, false), excessBytes };
  if (!lasts(samples, baseline, owner, tolerated))
    return {
      ...unknown("memory is still in use, and it was not looked long enough", false),
      excessBytes,
    };
  return {
    verdict: "residual_unattributed",
    settled: false,
    excessBytes,
    holders: [],
    deadPids,
    words: `${mebi(excessBytes)} are in use that no process holds`,
  };
}

/** Own processes that live. What cannot be killed is told apart: waiting will not help. */
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
    words:
      stuck.length > 0
        ? `${names} hangs in the kernel${channelOf(stuck)} and holds it: no signal ends that`
        : `${names} of this job lives and holds it${holderSight.complete ? "" : "; there may be more"}`,
  };
}

function channelOf(stuck: readonly GpuHolder[]): string {
  const channel = stuck.find(({ process }) => process?.waitChannel)?.process?.waitChannel;
  return channel === undefined || channel === null ? "" : ` (${channel})`;
}

/** The driver counts memory for processes that are gone. */
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
    return { ...unknown(`the driver still lists ${pids}, which is gone`, false), ...base };
  // Daemons were there before; whoever else has the device open since then may have inherited it.
  const newcomers = [...device.holders, ...(snapshot?.unplacedHolders ?? [])].filter(
    (one) => one.alive === true && !wasThere(baseline, one) && !isOwn(one, owner),
  );
  const heirs = newcomers.filter((one) => !isListed(one.how) && !isDaemon(one));
  if (heirs.length > 0)
    return {
      ...base,
      verdict: "held_via_inherited_fd",
      holders: heirs,
      words: `memory of ${pids}, which is gone, is kept by ${namesOf(heirs)} with an inherited descriptor`,
    };
  const listed = newcomers.filter((one) => isListed(one.how));
  if (listed.length > 0)
    return {
      ...unknown(
        `the driver counts memory for ${pids}, which is gone; ${namesOf(listed)} came meanwhile and may keep it`,
        false,
      ),
      ...base,
    };
  const sight = snapshot?.holderSight;
  if (sight?.complete !== true)
    return { ...unknown(sight?.reason ?? "not everybody could be looked at", false), ...base };
  return {
    ...base,
    verdict: "residual_unattributed",
    holders: [],
    words: `the driver counts memory for ${pids}, which is gone, and nobody has the device open`,
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

/** In use beyond the tolerance at every look of the window, and there were enough of them. */
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
  return probe.reason ?? "the driver does not list this GPU any more";
}

function namesOf(holders: readonly GpuHolder[]): string {
  return holders.map(({ pid, process }) => `${process?.comm ?? "a process"} (${pid})`).join(", ");
}

function unknown(words: string, settled: boolean): Judgement {
  return { verdict: "unknown", settled, excessBytes: null, holders: [], deadPids: [], words };
}

function releasedWords(excessBytes: number): string {
  return excessBytes === 0
    ? "as much is in use as before"
    : `${mebi(excessBytes)} more are in use than before: within what the driver keeps for itself`;
}

function mebi(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
