import { baselineOf, type GpuBaseline } from "../gpu/baseline.ts";
import type { AttemptRow, JobRow, StoredSpec } from "../store/rows.ts";
import { isStorageFull } from "../store/database.ts";
import { sealHashOf } from "../containment/seal.ts";
import { adoptionLost } from "./adopt.ts";
import { Attendance } from "./attendance.ts";
import { concludeWithoutExecution } from "./conclude.ts";
import type { Context } from "./context.ts";
import { isPassing, postponement } from "./postponement.ts";
import { persist } from "./persist.ts";
import { retryVariables } from "./retry-policy.ts";
import { unapplied, unappliedWords } from "./strict-limits.ts";

/**
 * Takes one queued job to `starting` and on to its keeper. The order is what makes
 * a crash at any point harmless: intent, then the store, both on the disk, then the keeper.
 * The job may be cancelled or held at each await: its state is read again.
 */
export async function launch(
  context: Context,
  id: number,
  gpuUuids: readonly string[],
): Promise<void> {
  const { store, engine, dispatcher } = context;
  try {
    await engine.ready();
  } catch (error) {
    return dispatcher.releaseLater(id, postponement(context, error));
  }
  // Never rejects, and gives up on a driver that hangs.
  const baselines =
    gpuUuids.length === 0 ? [] : baselineOf(await context.gpuProbe.snapshot(), gpuUuids);
  const job = store.jobs.get(id);
  if (job?.state !== "queued") return dispatcher.release(id);
  const seal = context.ids.nonce();
  const attempt = newAttempt(context, job, gpuUuids, sealHashOf(seal));
  let flushed;
  try {
    await engine.prepare(attempt, job.spec);
    // Both flushes at once; a failed one is looked at when it is known what the store says.
    flushed = engine.flush(attempt).then(
      () => null,
      (error: unknown) => ({ error }),
    );
    if (!(await markStarting(context, id, attempt, baselines))) {
      await engine.discard(attempt);
      return dispatcher.release(id);
    }
  } catch (error) {
    // The store does not know of the attempt.
    await engine.discard(attempt).catch(() => undefined);
    return dispatcher.releaseLater(id, postponement(context, error));
  }
  const failed = await flushed;
  if (failed === null) return await start(context, attempt, seal);
  await persist(context, id, () => concludeWithoutExecution(context, attempt, null));
  return dispatcher.releaseLater(id, postponement(context, failed.error));
}

function newAttempt(
  { store, engine, ids, clock, bootId, namespace }: Context,
  job: JobRow,
  gpuUuids: readonly string[],
  sealHash: string,
): AttemptRow {
  const id = ids.uuid();
  return {
    id,
    job: job.id,
    number: store.attempts.countOf(job.id) + 1,
    nonce: ids.nonce(),
    sealHash,
    distrusted: false,
    bootId,
    namespace,
    ...placeOf(engine, id, job.spec),
    limits: engine.planLimits(job.spec),
    gpuUuids: [...gpuUuids],
    createdAtMs: clock.nowMs(),
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}

/** A foreign tree is moved into no group, and its keeper is not its parent. */
function placeOf(
  engine: Context["engine"],
  id: string,
  spec: StoredSpec,
): Pick<AttemptRow, "tier" | "cgroup" | "cgroupAlso"> {
  if (spec.adopt !== undefined) return { tier: "best effort", cgroup: null, cgroupAlso: [] };
  return {
    tier: engine.tier,
    cgroup: engine.groupFor(id),
    cgroupAlso: engine.groupsAlsoFor(id, spec),
  };
}

/** False when the job is not queued any more. */
function markStarting(
  { store, clock }: Context,
  id: number,
  attempt: AttemptRow,
  baselines: readonly GpuBaseline[],
): Promise<boolean> {
  return store.commit("starting", () => {
    if (store.jobs.get(id)?.state !== "queued") return false;
    store.attempts.insert(attempt);
    if (baselines.length > 0) {
      store.gpus.began(attempt.id, JSON.stringify(baselines));
      store.gpus.handedOut(attempt.gpuUuids);
    }
    const changes = { attempt: attempt.id, message: null, wait: null };
    store.jobs.advance(id, "queued", "launch", clock.nowMs(), changes, { attempt: attempt.number });
    return true;
  });
}

async function start(context: Context, attempt: AttemptRow, seal: string): Promise<void> {
  const { store, engine, log } = context;
  const row = store.jobs.get(attempt.job);
  if (row === null) throw new Error(`job ${attempt.job} is gone while it starts`);
  const { envNames: _, ...spec } = row.spec;
  const env = { ...store.jobs.environmentOf(attempt.job), ...retryVariables(store, attempt.job) };
  const attendance = new Attendance(context, attempt);
  context.attendances.set(attempt.job, attendance);
  let answer;
  try {
    const lost = await adoptionLost(context, row.spec);
    if (lost !== null)
      return await persist(context, attempt.job, () =>
        concludeWithoutExecution(context, attempt, lost),
      );
    await contain(context, attempt, row.spec);
    if (spec.strictLimits && unapplied(attempt.limits).length > 0)
      return await persist(context, attempt.job, () =>
        concludeWithoutExecution(
          context,
          attempt,
          `with --strict-limits: ${unappliedWords(attempt.limits)}`,
        ),
      );
    answer = await engine.launch(attempt, { ...spec, env }, seal);
  } catch (error) {
    log.error({ err: error, job: attempt.job }, "launch");
    answer = {
      kind: "failed",
      stage: "cgroup",
      errno: isStorageFull(error)
        ? "ENOSPC"
        : ((error as NodeJS.ErrnoException).code ?? String(error)),
    } as const;
  }
  if (answer.kind === "ready") attendance.launched();
  if (answer.kind !== "failed") return await attendance.begin();
  const failure = `the keeper could not start it: ${answer.stage} ${answer.errno}`;
  const passing = isPassing(answer.errno);
  await persist(context, attempt.job, () =>
    concludeWithoutExecution(context, attempt, passing ? null : failure),
  );
  if (passing)
    context.dispatcher.releaseLater(attempt.job, postponement(context, { code: answer.errno }));
}

/** Puts the attempt into its groups-to-be. What came of it is stored before anything runs: the receipt needs it, whoever writes that. */
async function contain(
  { store, engine }: Context,
  attempt: AttemptRow,
  spec: StoredSpec,
): Promise<void> {
  const planned = JSON.stringify([attempt.limits, attempt.cgroupAlso]);
  const { limits, cgroupAlso } = await engine.contain(attempt, spec);
  attempt.limits = limits;
  attempt.cgroupAlso = cgroupAlso;
  if (JSON.stringify([limits, cgroupAlso]) === planned) return;
  // Light: after a power cut there is nothing that these limits hold.
  store.commitLightly("contained", () => store.attempts.contained(attempt.id, limits, cgroupAlso));
}
