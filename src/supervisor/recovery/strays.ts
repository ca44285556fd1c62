import { counted } from "../../contract/counted.ts";
import type { Evidence } from "../../engines/engine.ts";
import type { RecalledAttempt } from "../../containment/recalled.ts";
import { resourcesFor } from "../../job/allocation.ts";
import { isOfJob } from "../../recovery/same-job.ts";
import { rebuildFromFolders } from "../../recovery/rebuild-from-folders.ts";
import { quarantine } from "../../store/quarantine.ts";
import type { AttemptRow, JobRow } from "../../store/rows.ts";
import { AttemptFollower, type FollowParts } from "../attempt/attempt-follower.ts";
import { folderOf } from "../attempt/folder.ts";
import { isAttemptName, unknownIn } from "./unknown-folders.ts";

/** Folders of attempts that the store does not know, and how they were handled. */
export interface Settled {
  /** Attempts that the store knows now: to be settled like all others. */
  found: AttemptRow[];
  /** What a person has to be informed of. */
  contradictions: string[];
}

/**
 * Compares the attempts' folders with the store. Nothing is deleted because the store does not know it:
 * a folder is deleted only if the store knows that its job was removed, or if it is proven that
 * nothing was executed for an existing job. A job that only folders know is put into the store
 * again; a job that has run and that the store calls waiting is updated from its folder, or it would
 * run twice; anything else that contradicts the store goes to the quarantine.
 */
export async function settleStrays(
  context: FollowParts,
  isSettled: (name: string) => boolean = () => true,
): Promise<Settled> {
  const { store, config, clock, log } = context;
  const settled: Settled = { found: [], contradictions: [] };
  const report = (text: string, details: object) => {
    settled.contradictions.push(text);
    log.warn(details, text);
  };
  const isStray = (name: string) =>
    isAttemptName(name) && store.attempts.get(name) === null && isSettled(name);
  try {
    const { attemptsDir } = config.paths;
    const strays = (await unknownIn(store, attemptsDir)).filter(isSettled);
    if (strays.length === 0) return settled;
    const { rebuilt, lost } = await rebuildFromFolders(
      store.rebuild,
      config,
      clock,
      "unknown jobs",
      isStray,
    );
    if (rebuilt > 0)
      report(`${counted(rebuilt, "job")} missing in the store: restored from the attempt folders`, {
        lost,
      });
    settled.found.push(...strays.flatMap((name) => followed(context, name)));
    for (const name of strays.filter(isStray)) {
      const say = (text: string) => report(text, { attempt: name });
      const attempt = await settleStray(context, name, say).catch((error: unknown) => {
        log.warn({ err: error, attempt: name }, "settling an attempt that no job knows");
        return null;
      });
      if (attempt !== null) settled.found.push(attempt);
    }
  } catch (error) {
    log.warn({ err: error }, "searching for attempts that no job knows");
  }
  return settled;
}

/** The attempt that a job which was put into the store again has not ended. */
function followed(context: FollowParts, name: string): AttemptRow[] {
  const attempt = context.store.attempts.get(name);
  const job = attempt === null ? null : context.store.jobs.get(attempt.job);
  if (attempt === null || job?.attempt !== name || job.state !== "starting") return [];
  context.followers.set(job.id, new AttemptFollower(context, attempt));
  return [attempt];
}

async function settleStray(
  context: FollowParts,
  name: string,
  report: (text: string) => void,
): Promise<AttemptRow | null> {
  const { engines, store, config, clock } = context;
  const known = await engines.local.machine.records.recall(name);
  const attempt = known ?? nobodys(context, name);
  const engine = engines.of(attempt);
  const evidence = await engines.observe(attempt);
  const executed = mayHaveExecuted(evidence);
  if (executed && known !== null && (await catchUp(context, known))) return known;
  const folder = folderOf(context, name);
  const claim = executed ? await engine.readClaim(attempt) : null;
  const members = (await engine.machine?.processes.list({ ...attempt, claim })) ?? [];
  const living = evidence.keeperAlive || members.length > 0;
  // In another PID namespace it is unknown whether the attempt has executed.
  if ((executed && living) || evidence.sight === "elsewhere" || evidence.waiting !== null) {
    report(`${folder}: an attempt that the store does not know has not ended; it is left alone`);
    return null;
  }
  if (!executed && evidence.claim === null && !(await engine.void(attempt))) return null;
  const job = known === null ? null : store.jobs.get(known.job);
  const isExpected =
    known !== null &&
    (job === null
      ? store.rebuild.wasRemovedWith(known.job, known.id)
      : !executed && isOfJob(known, job));
  if (isExpected) {
    await engine.discard(attempt);
    return null;
  }
  const why = known === null ? unreadableIntent : contradicts(known, job);
  await engine.machine?.containment.releaseGroup(attempt);
  const { quarantineDir } = config.paths;
  const place = quarantine(quarantineDir, [folder], { what: "attempt", why, atMs: clock.nowMs() });
  report(`${why} Its folder is kept in ${place}`);
  return null;
}

const unreadableIntent =
  "The store does not know this attempt, and its intent.json cannot be read.";

function contradicts(attempt: RecalledAttempt, job: JobRow | null): string {
  if (job !== null && !isOfJob(attempt, job))
    return `This attempt of job ${attempt.job} is not of the job that has this number in the store.`;
  return `The store does not know this attempt of job ${attempt.job}, which is ${job?.state ?? "missing"} there.`;
}

/** Also without a claim, if processes of it were found. */
function mayHaveExecuted({ claim, claimedBefore, exit }: Evidence): boolean {
  return claimedBefore || exit !== null || (claim !== null && claim !== "void");
}

/** True only if the store calls its job waiting and it is the same job. */
async function catchUp(context: FollowParts, attempt: RecalledAttempt): Promise<boolean> {
  const { store, clock, log } = context;
  const changed = await store.commit("starting", () => {
    const job = store.jobs.get(attempt.job);
    if (job === null || (job.state !== "queued" && job.state !== "held")) return false;
    // Of another job with that number.
    if (!isOfJob(attempt, job)) return false;
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
  context.followers.set(attempt.job, new AttemptFollower(context, attempt));
  return true;
}

function nobodys(
  {
    engines,
    bootId,
    namespace,
    clock,
  }: Pick<FollowParts, "engines" | "bootId" | "namespace" | "clock">,
  name: string,
): AttemptRow {
  const { local } = engines;
  const { containment } = local.machine;
  return {
    id: name,
    job: 0,
    number: 0,
    engine: local.name,
    nonce: "",
    sealHash: null,
    distrusted: false,
    bootId,
    namespace,
    tier: containment.tier,
    ...containment.groupsOf(name),
    limits: [],
    gpuUuids: [],
    createdAtMs: clock.nowMs(),
    claim: null,
    startedAtMs: null,
    endedAtMs: null,
  };
}
