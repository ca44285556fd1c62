import type { GpuReceipt } from "../../contract/gpus.ts";
import type { Stopping } from "../../contract/stopping.ts";
import type { GpuBaseline } from "../../gpu/baseline.ts";
import type { Owner } from "../../gpu/ownership.ts";
import { judgeRelease, type Judgement, type Sample } from "../../gpu/release.ts";
import type { Reason } from "../../job/reasons.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { pause } from "../../system/clock.ts";
import type { Context } from "../context.ts";
import type { GpuSeen } from "./seen.ts";
import { seenOf } from "./watch.ts";
import { publishLive } from "../attempt/observe.ts";
import { markStopping, type SweepParts } from "../attempt/sweeping.ts";

export type ReleaseParts = SweepParts & Pick<Context, "allocations" | "gpuProbe" | "config">;

/** The driver frees memory a moment after the last close; AMD's is always late. */
const firstPollMs = 100;
const longestPollMs = 1000;
/** Not reported for this long. */
const quietMs = 200;

interface Wait {
  reason: Reason;
  report: (stopping: Stopping) => void;
  /** The result is not needed any more. */
  isOver: () => boolean;
}

/**
 * Checks that the memory of an attempt's GPUs is free, now that nothing of it lives: samples until it
 * is free, until its holder is known, or until `gpus.release_wait` is over. `gpus` null: the attempt
 * had none. Returns null when `isOver` turned true first.
 */
export async function untilGpusAreReleased(
  context: ReleaseParts,
  attempt: AttemptRow,
  { reason, report, isOver }: Wait,
): Promise<{ gpus: GpuReceipt[] | null } | null> {
  const { allocations, clock, gpuProbe, config } = context;
  const held = allocations.gpusOf(attempt.id);
  if (held.length === 0) return { gpus: null };
  const baselines = baselinesOf(context, attempt, held);
  const seen = seenOf(context, attempt.id);
  const owner: Owner = { attempt: attempt.id, seen: new Set(seen.own) };
  const began = clock.monotonicMs();
  const samples: Sample[] = [];
  for (let pollMs = firstPollMs; ; pollMs = Math.min(pollMs * 2, longestPollMs)) {
    const snapshot = await gpuProbe.snapshot();
    if (isOver()) return null;
    samples.push({ atMs: clock.monotonicMs(), snapshot });
    const judged = baselines.map((baseline) => ({
      baseline,
      judgement: judgeRelease(baseline, owner, samples),
    }));
    const ageMs = Math.round(clock.monotonicMs() - began);
    if (ageMs >= config.gpus.release_wait || judged.every(({ judgement }) => judgement.settled))
      return {
        gpus: judged.map(({ baseline, judgement }) =>
          receiptOf(baseline, judgement, seen, samples, ageMs),
        ),
      };
    if (ageMs >= quietMs) {
      markStopping(context, attempt.job, reason);
      const stopping = stoppingOf(judged, ageMs);
      report(stopping);
      publishLive(context, attempt.job, { stopping });
    }
    await pause(clock, pollMs);
    if (isOver()) return null;
  }
}

/** An attempt that is not on record (of an older version, in a restored store) has no figure to compare with. */
function baselinesOf(
  { store }: Pick<Context, "store">,
  attempt: Pick<AttemptRow, "id" | "createdAtMs">,
  uuids: readonly string[],
): GpuBaseline[] {
  const recorded = store.gpus.of(attempt.id);
  const known = recorded === null ? [] : (JSON.parse(recorded.baseline) as GpuBaseline[]);
  return uuids.map(
    (uuid) =>
      known.find((one) => one.uuid === uuid) ?? {
        uuid,
        index: -1,
        model: "unknown",
        takenAtMs: attempt.createdAtMs,
        usedBytes: null,
        holders: [],
        reason: "it was not measured before the job began",
      },
  );
}

function receiptOf(
  baseline: GpuBaseline,
  { verdict, message, excessBytes, holders, deadPids }: Judgement,
  seen: GpuSeen,
  samples: readonly Sample[],
  checkMs: number,
): GpuReceipt {
  const { uuid, usedBytes } = baseline;
  const device = samples.at(-1)?.snapshot.devices.find((one) => one.uuid === uuid);
  return {
    uuid,
    index: device?.index ?? (baseline.index < 0 ? null : baseline.index),
    model: device?.model ?? baseline.model,
    beforeBytes: usedBytes,
    peakBytes: seen.peakBytes[uuid] ?? null,
    ownPeakBytes: seen.ownPeakBytes[uuid] ?? null,
    afterBytes: device?.memory.usedBytes ?? null,
    excessBytes,
    verdict,
    message,
    holders: holders.slice(0, 16).map((holder) => ({
      pid: holder.pid,
      command: holder.process?.command ?? "unknown",
      state: holder.process?.state ?? "?",
      usedBytes: holder.usedBytes,
    })),
    deadPids,
    checkMs,
    samples: samples.length,
  };
}

function stoppingOf(
  judged: readonly { baseline: GpuBaseline; judgement: Judgement }[],
  stopAgeMs: number,
): Stopping {
  return {
    phase: "verifying",
    stopAgeMs,
    killInMs: null,
    total: null,
    left: 0,
    survivors: [],
    stuck: false,
    container: null,
    gpus: judged
      .filter(({ judgement }) => !judgement.settled)
      .map(({ baseline: { uuid, index }, judgement: { message } }) => ({
        uuid,
        index: index < 0 ? null : index,
        message,
      })),
  };
}
