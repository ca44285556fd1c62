import type { Stopping } from "../../contract/stopping.ts";
import type { KeeperClaim, KeeperStatus } from "../../contract/keeper.ts";
import { mainOf } from "../../contract/main-process.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Follower } from "./follower.ts";
import type { Context } from "../context.ts";
import { reasonOfRunningStop } from "./keeper-reason.ts";

export type PublishParts = Pick<Context, "hub" | "clock">;
type ObserveParts = PublishParts & Pick<Context, "store" | "engines" | "bootId" | "log">;

/** Updates the store to what a keeper says. */
export async function observe(
  context: ObserveParts,
  follower: Follower,
  status: KeeperStatus,
): Promise<void> {
  const { store } = context;
  await recordStart(context, follower, status);
  const job = store.jobs.get(follower.attempt.job);
  if (job === null) return;
  if (status.phase === "running") {
    observePause(context, job, status);
  } else {
    observeStop(context, job, status);
    const { stopping } = follower;
    if (stopping !== null) publishLive(context, job.id, { stopping });
  }
}

/** `starting` → `running`, with the claim's identities. Also reports an attempt that a restarted server found again. */
async function recordStart(
  context: ObserveParts,
  follower: Follower,
  status: KeeperStatus,
): Promise<void> {
  const { store, engines, clock, bootId, log } = context;
  const { attempt } = follower;
  if (attempt.claim !== null) return;
  const engine = engines.of(attempt);
  const claim = await engine.readClaim(attempt);
  // Another machine has another boot.
  if (claim === null || (engine.machine !== null && claim.boot_id !== bootId)) return;
  if (!isOfKeeper(claim, status)) {
    log.warn({ job: attempt.job }, "a claim is ignored: its keeper reports other processes");
    return;
  }
  // Light: the claim is already on the disk and says the same after a power cut.
  store.commitLightly("running", () => {
    const job = store.jobs.get(attempt.job);
    if (job === null) return;
    store.attempts.claimed(attempt.id, claim, claim.claimed_at_ms);
    if (job.state !== "starting") return;
    store.jobs.advance(
      attempt.job,
      "starting",
      "launched",
      clock.nowMs(),
      { startedAtMs: claim.claimed_at_ms },
      {
        attempt: attempt.number,
        pid: mainOf(claim).pid,
        keeperPid: claim.keeper.pid,
        tier: attempt.tier,
      },
    );
  });
  follower.recordClaim(claim);
}

/**
 * The payload can write to its folder, and a search for survivors uses the claim: a claim that was
 * changed to name an unrelated process must not be recorded. The keeper itself reports its payload,
 * which leads its own session.
 */
export function isOfKeeper(
  { payload }: Pick<KeeperClaim, "payload">,
  { main }: Pick<KeeperStatus, "main">,
): boolean {
  return payload.pid === main.pid && payload.session === payload.pid;
}

function observePause(
  { store, clock }: Pick<Context, "store" | "clock">,
  job: JobRow,
  status: KeeperStatus,
): void {
  const atMs = clock.nowMs();
  if (status.paused && job.state === "running") {
    store.commitLightly("paused", () => store.jobs.advance(job.id, "running", "pause", atMs));
  } else if (!status.paused && job.state === "paused") {
    store.commitLightly("resumed", () => store.jobs.advance(job.id, "paused", "resume", atMs));
  }
}

function observeStop(
  { store, clock }: Pick<Context, "store" | "clock">,
  job: JobRow,
  status: KeeperStatus,
): void {
  if (status.phase === "recording" || status.phase === "ended") return;
  const { state } = job;
  if (state !== "running" && state !== "paused") return;
  const reason = reasonOfRunningStop(status.reason, job.stopReason);
  store.commitLightly("stopping", () =>
    store.jobs.advance(job.id, state, "stop", clock.nowMs(), { reason }),
  );
}

/** Publishes the progress of a stop, or what is awaited, to followers. Not stored. */
export function publishLive(
  { hub, clock }: PublishParts,
  jobId: number,
  data: { stopping: Stopping } | { message: string | null },
): void {
  hub.publish({ seq: null, jobId, atMs: clock.nowMs(), type: "live", state: null, data });
}
