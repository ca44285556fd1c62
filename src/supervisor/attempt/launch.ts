import { baselineOf, type GpuBaseline } from "../../gpu/baseline.ts";
import type { Waiting } from "../../contract/job.ts";
import type { LimitedSpec } from "../../containment/limits.ts";
import { sealHashOf } from "../../containment/seal.ts";
import type { Engine, LaunchAnswer } from "../../engines/engine.ts";
import type { Allocation } from "../../job/allocation.ts";
import type { JobSpec } from "../../job/spec.ts";
import type { AttemptRow, JobRow, StoredSpec } from "../../store/rows.ts";
import { isStorageFull } from "../../store/sqlite-errors.ts";
import { adopterOf, adoptionLost } from "../verbs/adopt.ts";
import { AttemptFollower, type FollowParts } from "./attempt-follower.ts";
import { concludeWithoutExecution } from "./conclude.ts";
import type { Context } from "../context.ts";
import { damagedWaiting, launchDamage } from "../views/damage.ts";
import { unknownEngineWaiting } from "../recovery/unknown-engine.ts";
import { isPassing, postponement } from "../queue/postponement.ts";
import type { Postponement } from "../queue/queue-control.ts";
import { persist } from "./persist.ts";
import { retryVariables } from "../queue/retry-policy.ts";
import { unapplied, unappliedMessage } from "../verbs/strict-limits.ts";

/** What a launch takes: it ends in following the attempt. */
export type LaunchParts = FollowParts & Pick<Context, "ids">;

/**
 * Takes one queued job to `starting` and on to its keeper. The order is what makes
 * a crash at any point harmless: intent, then the store, both on the disk, then the keeper.
 * The job may be cancelled or held at each await: its state is read again.
 */
export async function launch(context: LaunchParts, allocation: Allocation): Promise<void> {
  const { allocations, dispatcher } = context;
  let intended: Intended | null;
  try {
    intended = await intend(context, allocation);
  } finally {
    // From here on the store says what the attempt holds, or it holds nothing.
    allocations.endReservation(allocation.attempt);
  }
  if (intended === null) return dispatcher.poke();
  const { attempt, flushed } = intended;
  const failed = await flushed;
  if (failed === null) return await start(context, intended);
  const why = postponement(context, failed.error);
  await persist(context, attempt.job, () => concludeWithoutExecution(context, attempt, null, why));
}

interface Intended {
  attempt: AttemptRow;
  seal: string;
  spec: StoredSpec;
  /** The payload's, with what it learns about the attempts before it. */
  env: JobSpec["env"];
  /** Null, or what the disk refused. */
  flushed: Promise<{ error: unknown } | null>;
}

/** Up to `starting`, with what the attempt holds. Null: the job is still in the queue, or has left it. */
async function intend(context: LaunchParts, allocation: Allocation): Promise<Intended | null> {
  const { store, engines, dispatcher } = context;
  const { attempt: id, job: jobId } = allocation;
  const { gpuUuids } = allocation.resources;
  let attempt: AttemptRow | null = null;
  try {
    const engine = engineFor(context, jobId);
    if (engine === null) return null;
    await engine.ready();
    // Never rejects, and gives up on a driver that hangs.
    const baselines =
      gpuUuids.length === 0 ? [] : baselineOf(await context.gpuProbe.snapshot(), gpuUuids);
    const job = store.jobs.get(jobId);
    const damage = job === null ? [] : launchDamage(store, job);
    if (damage.length > 0) {
      store.foundDamage(jobId, damage);
      dispatcher.exclude(jobId, damagedWaiting(jobId, damage));
      return null;
    }
    if (job?.state !== "queued") {
      // It has left the queue in between, or only a damaged index calls it queued.
      dispatcher.postpone(jobId, { waiting: notQueued, concernsAll: false });
      return null;
    }
    const seal = context.ids.nonce();
    // Before anything is on record: what cannot be read now keeps the job in the queue.
    const env = { ...store.jobs.environmentOf(jobId), ...retryVariables(store, jobId) };
    attempt = await newAttempt(context, engine, { id, job, gpuUuids, seal });
    await engine.prepare(attempt, job.spec);
    // Both flushes at once; a failed one is handled when the store's result is known.
    const flushed = engine.flush(attempt).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (await markStarting(context, allocation, attempt, baselines))
      return { attempt, seal, spec: job.spec, env, flushed };
    await engine.discard(attempt);
    return null;
  } catch (error) {
    // The store does not know of the attempt.
    if (attempt !== null)
      await engines
        .of(attempt)
        .discard(attempt)
        .catch(() => undefined);
    dispatcher.postpone(jobId, postponement(context, error));
    return null;
  }
}

const notQueued: Waiting = {
  code: "order",
  message: "its record did not agree with the queue when its turn came",
  hint: "it is retried automatically; holdfast doctor checks the database",
};

/** Null: this server does not have the engine that the job asks for, and the job waits. */
function engineFor(
  { store, engines, dispatcher }: Pick<Context, "store" | "engines" | "dispatcher">,
  id: number,
): Engine | null {
  const job = store.jobs.get(id);
  // A damaged specification is not launched at all.
  if (job === null || job.damaged.includes("spec")) return engines.local;
  const name = job.spec.engine ?? engines.local.name;
  const engine = engines.named(name);
  if (engine === null) dispatcher.exclude(id, unknownEngineWaiting(engines, name));
  return engine;
}

interface Intent {
  id: string;
  job: JobRow;
  gpuUuids: readonly string[];
  seal: string;
}

async function newAttempt(
  { store, ids, clock, bootId, namespace }: LaunchParts,
  engine: Engine,
  { id, job, gpuUuids, seal }: Intent,
): Promise<AttemptRow> {
  return {
    id,
    job: job.id,
    ...(job.uuid === null ? {} : { jobUuid: job.uuid }),
    number: store.attempts.countOf(job.id) + 1,
    engine: engine.name,
    nonce: ids.nonce(),
    sealHash: sealHashOf(seal),
    distrusted: false,
    bootId,
    namespace,
    ...(await engine.plan(id, job.spec)),
    gpuUuids: [...gpuUuids],
    createdAtMs: clock.nowMs(),
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}

/** False when the job is not queued any more. */
function markStarting(
  { store, clock }: Pick<Context, "store" | "clock">,
  allocation: Allocation,
  attempt: AttemptRow,
  baselines: readonly GpuBaseline[],
): Promise<boolean> {
  const { job: id } = allocation;
  return store.commit("starting", () => {
    if (store.jobs.get(id)?.state !== "queued") return false;
    store.attempts.insert(attempt);
    store.allocations.take(allocation);
    if (baselines.length > 0) {
      store.gpus.began(attempt.id, JSON.stringify(baselines));
      store.gpus.handedOut(attempt.gpuUuids);
    }
    const changes = { attempt: attempt.id, message: null, wait: null };
    store.jobs.advance(id, "queued", "launch", clock.nowMs(), changes, { attempt: attempt.number });
    return true;
  });
}

async function start(
  context: LaunchParts,
  { attempt, seal, spec: stored, env }: Intended,
): Promise<void> {
  const { envNames: _, ...spec } = stored;
  const follower = new AttemptFollower(context, attempt);
  context.followers.set(attempt.job, follower);
  const withoutExecution = (failure: string | null, why: Postponement | null = null) =>
    persist(context, attempt.job, () => concludeWithoutExecution(context, attempt, failure, why));
  let answer: LaunchAnswer;
  try {
    // Of two that are to adopt one process, the first that is followed does.
    const adopter =
      spec.adopt === undefined ? null : await adopterOf(context, spec.adopt, attempt.job);
    const lost = adopter ?? (await adoptionLost(context, spec));
    if (lost !== null) return await withoutExecution(lost);
    await contain(context, attempt, spec);
    if (spec.strictLimits && unapplied(attempt.limits).length > 0)
      return await withoutExecution(`with --strict-limits: ${unappliedMessage(attempt.limits)}`);
    const ticket = { attempt, spec: { ...spec, env }, seal };
    answer = await context.engines.of(attempt).launch(ticket);
  } catch (error) {
    context.log.error({ err: error, job: attempt.job }, "launch");
    const { code = "", message } = error as NodeJS.ErrnoException;
    return isStorageFull(error) || isPassing(code)
      ? await withoutExecution(null, postponement(context, error))
      : await withoutExecution(`it could not be launched: ${message}`);
  }
  if (answer.kind === "ready") follower.launched();
  if (answer.kind === "waiting") follower.accepted(answer.waiting);
  if (answer.kind !== "failed") return await follower.begin();
  const { stage, errno } = answer;
  await (isPassing(errno)
    ? withoutExecution(null, postponement(context, { code: errno }))
    : withoutExecution(`the keeper could not start it: ${stage} ${errno}`));
}

/** Prepares the attempt's cgroups. The result is stored before anything runs: the receipt needs it, whichever server writes that. */
async function contain(
  { store, engines }: Pick<Context, "store" | "engines">,
  attempt: AttemptRow,
  spec: LimitedSpec,
): Promise<void> {
  const containment = engines.machineOf(attempt)?.containment;
  if (containment === undefined) return;
  const planned = JSON.stringify([attempt.limits, attempt.cgroupAlso]);
  const { limits, cgroupAlso } = await containment.contain(attempt, spec);
  attempt.limits = limits;
  attempt.cgroupAlso = cgroupAlso;
  if (JSON.stringify([limits, cgroupAlso]) === planned) return;
  // Light: after a power cut there is nothing that these limits hold.
  store.commitLightly("contained", () => store.attempts.contained(attempt.id, limits, cgroupAlso));
}
