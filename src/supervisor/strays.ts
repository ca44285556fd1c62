import { readdir } from "node:fs/promises";
import type { Evidence } from "../engines/engine.ts";
import { resourcesFor } from "../job/allocation.ts";
import type { AttemptRow } from "../store/rows.ts";
import { Attendance } from "./attendance.ts";
import type { Context } from "./context.ts";
import { isBelieved } from "./vouching.ts";

/**
 * Looks at the folders of attempts that the store does not know. Their launch was cut short, or
 * their job was removed: then the folder goes. Or the store lost its last commits (a power cut on a
 * disk that had lied, a cut write-ahead log) and calls a job waiting that has run: then the store
 * is brought up to the folder, or the job would run twice. Returns the attempts of the latter,
 * which have to be settled like all others.
 */
export async function settleStrays(context: Context): Promise<AttemptRow[]> {
  const { store, config, log } = context;
  const caughtUp: AttemptRow[] = [];
  try {
    for (const name of await readdir(config.paths.attemptsDir)) {
      if (!/^[0-9a-f-]{36}$/.test(name) || store.attempts.get(name) !== null) continue;
      const attempt = await settleStray(context, name).catch((error: unknown) => {
        log.warn({ err: error, attempt: name }, "settling an attempt that no job knows");
        return null;
      });
      if (attempt !== null) caughtUp.push(attempt);
    }
  } catch (error) {
    log.warn({ err: error }, "looking for attempts that no job knows");
  }
  return caughtUp;
}

async function settleStray(context: Context, name: string): Promise<AttemptRow | null> {
  const { engine, log } = context;
  const known = await engine.recall(name);
  const attempt = known ?? nobodys(context, name);
  const evidence = await engine.inspect(attempt);
  const executed = mayHaveExecuted(evidence);
  if (executed && known !== null && (await catchUp(context, known))) return known;
  const { exit } = evidence;
  const ended = exit !== null && exit !== "unreadable" && isBelieved(context, attempt, exit);
  if (executed && !ended) {
    const claim = await engine.readClaim(attempt);
    const living = evidence.keeperAlive || engine.processes({ ...attempt, claim }).length > 0;
    // A restored database: somebody's keeper lives there. Not ours to touch.
    if (living || known === null) {
      log.warn(
        { folder: engine.folderOf(name) },
        "an attempt that no job knows has not ended; left alone, see holdfast repair",
      );
      return null;
    }
  }
  if (!executed && evidence.claim === null && !(await engine.void(attempt))) return null;
  await engine.discard(attempt);
  return null;
}

function mayHaveExecuted({ claim, exit }: Evidence): boolean {
  return exit !== null || (claim !== null && claim !== "void");
}

/** False unless the store calls its job waiting. */
async function catchUp(context: Context, attempt: AttemptRow): Promise<boolean> {
  const { store, clock, log } = context;
  const changed = await store.commit("starting", () => {
    const job = store.jobs.get(attempt.job);
    if (job === null || (job.state !== "queued" && job.state !== "held")) return false;
    const atMs = clock.nowMs();
    attempt.number = store.attempts.countOf(job.id) + 1;
    store.attempts.insert(attempt);
    store.allocations.record({
      attempt: attempt.id,
      job: job.id,
      resources: resourcesFor(attempt.gpuUuids),
    });
    if (job.state === "held") store.jobs.advance(job.id, "held", "release", atMs);
    store.jobs.advance(job.id, "queued", "launch", atMs, { attempt: attempt.id });
    return true;
  });
  if (!changed) return false;
  log.warn(
    { job: attempt.job, attempt: attempt.id },
    "the store had lost that this job was started",
  );
  context.attendances.set(attempt.job, new Attendance(context, attempt));
  return true;
}

function nobodys({ engine, bootId, namespace, clock }: Context, name: string): AttemptRow {
  return {
    id: name,
    job: 0,
    number: 0,
    nonce: "",
    sealHash: null,
    distrusted: false,
    bootId,
    namespace,
    tier: engine.tier,
    cgroup: engine.groupFor(name),
    cgroupAlso: engine.groupsAlsoFor(name, null),
    limits: [],
    gpuUuids: [],
    createdAtMs: clock.nowMs(),
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}
