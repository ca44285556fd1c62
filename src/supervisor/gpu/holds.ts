import type { GpuReceipt, GpuWait } from "../../contract/gpus.ts";
import type { GpuBaseline } from "../../gpu/baseline.ts";
import {
  judgeRelease,
  type Judgement,
  type ReleaseVerdict,
  type Sample,
} from "../../gpu/release.ts";
import type { GpuHold } from "../../store/gpus.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Timer } from "../../system/clock.ts";
import type { Context } from "../context.ts";
import type { GpuSeen } from "./seen.ts";
import type { HeldGpus } from "./held-gpus.ts";

type HoldParts = Pick<Context, "store" | "bootId" | "clock" | "log" | "gpuProbe" | "dispatcher">;

const firstSampleMs = 1000;
const longestSampleMs = 30_000;

/** A process holds it. Memory without an owner, or without a figure, withholds nothing: that would never end. */
const withheldVerdicts = new Set<ReleaseVerdict>([
  "held_by_live",
  "held_via_inherited_fd",
  "held_unkillable",
]);

/** What in an ended attempt's receipt withholds a GPU from the next job. Written with the attempt's end. */
export function holdsOf(
  { store, clock }: Pick<Context, "store" | "clock">,
  attempt: AttemptRow,
  gpus: readonly GpuReceipt[] | null,
): GpuHold[] {
  const recorded = store.gpus.of(attempt.id);
  return (gpus ?? [])
    .filter(({ verdict }) => withheldVerdicts.has(verdict))
    .map(({ uuid, message }) => ({
      uuid,
      attempt: attempt.id,
      job: attempt.job,
      bootId: attempt.bootId,
      sinceMs: clock.nowMs(),
      baseline: recorded?.baseline ?? "[]",
      seen: recorded?.seen ?? null,
      message,
    }));
}

/** GPUs that an ended attempt's processes still hold. Samples repeatedly, and releases each when no process holds it. */
export class GpuHolds implements HeldGpus {
  readonly #context: () => HoldParts;
  readonly #holds = new Map<string, GpuHold>();
  readonly #timers = new Map<string, Timer>();
  #closed = false;

  constructor(context: () => HoldParts) {
    this.#context = context;
  }

  /** By UUID. */
  get all(): ReadonlyMap<string, GpuHold> {
    return this.#holds;
  }

  /** Those that an ended job's processes keep from others. */
  ofJob(job: number): GpuWait[] {
    return [...this.#holds.values()]
      .filter((hold) => hold.job === job)
      .map((hold) => {
        const { index } = baselineIn(hold);
        return { uuid: hold.uuid, index: index < 0 ? null : index, message: hold.message };
      });
  }

  /** What an earlier server left. Nothing that was held before a restart of the machine is held now. */
  load(): void {
    const { store, bootId } = this.#context();
    this.begin(store.gpus.holds().filter((hold) => hold.bootId === bootId));
  }

  begin(holds: readonly GpuHold[]): void {
    for (const hold of holds) {
      this.#timers.get(hold.uuid)?.cancel();
      this.#holds.set(hold.uuid, hold);
      this.#sampleLater(hold, [], firstSampleMs);
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) timer.cancel();
  }

  #sampleLater(hold: GpuHold, samples: readonly Sample[], delayMs: number): void {
    const { clock, log } = this.#context();
    const timer = clock.after(delayMs, () => {
      this.#sample(hold, samples, delayMs).catch((error: unknown) => {
        log.error({ err: error, gpu: hold.uuid }, "inspecting a GPU that is held");
        this.#sampleLater(hold, samples, longestSampleMs);
      });
    });
    this.#timers.set(hold.uuid, timer);
  }

  async #sample(hold: GpuHold, before: readonly Sample[], delayMs: number): Promise<void> {
    const { clock, gpuProbe, dispatcher, log } = this.#context();
    const snapshot = await gpuProbe.snapshot();
    if (this.#closed || this.#holds.get(hold.uuid) !== hold) return;
    // The last two: two samples have to agree, so more are not needed.
    const samples = [...before.slice(-1), { atMs: clock.monotonicMs(), snapshot }];
    const judgement = judgeRelease(baselineIn(hold), ownerIn(hold), samples);
    const reported = snapshot.devices.some(({ uuid }) => uuid === hold.uuid);
    if (!reported || isHeld(judgement)) {
      hold.message = judgement.message;
      this.#sampleLater(hold, samples, Math.min(delayMs * 2, longestSampleMs));
      return;
    }
    this.#holds.delete(hold.uuid);
    this.#timers.delete(hold.uuid);
    log.info({ gpu: hold.uuid, job: hold.job, verdict: judgement.verdict }, "a GPU is free again");
    dispatcher.poke();
  }
}

/** A dead process that cannot be inspected yet counts as a holder. */
function isHeld({ verdict, deadPids }: Judgement): boolean {
  return withheldVerdicts.has(verdict) || (verdict === "unknown" && deadPids.length > 0);
}

function baselineIn({ uuid, baseline, sinceMs }: GpuHold): GpuBaseline {
  const known = (JSON.parse(baseline) as GpuBaseline[]).find((one) => one.uuid === uuid);
  const reason = "it was not measured before the job began";
  return (
    known ?? {
      uuid,
      index: -1,
      model: "unknown",
      takenAtMs: sinceMs,
      usedBytes: null,
      holders: [],
      reason,
    }
  );
}

function ownerIn({ attempt, seen }: GpuHold) {
  const own = seen === null ? [] : (JSON.parse(seen) as GpuSeen).own;
  return { attempt, seen: new Set(own) };
}
