import { followedStates } from "../../job/states.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { AttemptFollower, type FollowParts } from "../attempt/attempt-follower.ts";
import { attemptToFollow } from "../attempt/damaged-attempt.ts";
import { settleStrays } from "./strays.ts";

/** What finding attempts again takes: it ends in following them. */
export type RecoverParts = FollowParts;

// Each recovery is a connection and a few small files; more at once only queue for the same threads.
const atOnce = 16;

export interface RecoveryProgress {
  total: number;
  done: number;
}

/**
 * Finds every unfinished attempt again: those whose keepers live are followed,
 * those that ended in between are concluded, the others are swept. Launching begins
 * only when each is known, so that no GPU is assigned twice.
 *
 * A sweep lasts as long as a process does not end; it continues in the
 * background. What its attempt holds stays on record until then.
 */
export async function recoverAll(
  context: RecoverParts,
  progress: RecoveryProgress,
): Promise<string[]> {
  const { store, log } = context;
  const jobs = store.jobs.inStates(followedStates);
  progress.total = jobs.length;
  const work: AttemptRow[] = [];
  const contradictions: string[] = [];
  for (const job of jobs) {
    const attempt = await attemptToFollow(context, job);
    if (attempt === null) {
      const text = `job ${job.id} is ${job.state}, but the store knows no attempt of it`;
      contradictions.push(text);
      log.error({ job: job.id }, text);
      continue;
    }
    context.followers.set(job.id, new AttemptFollower(context, attempt));
    work.push(attempt);
  }
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let attempt = work.pop(); attempt !== undefined; attempt = work.pop()) {
        await settle(context, attempt);
        progress.done += 1;
      }
    }),
  );
  if (jobs.length > 0) log.info({ jobs: jobs.length }, "recovered");
  return [...contradictions, ...(await reconcile(context))];
}

/**
 * Compares the store with the folders. Returns what a person has to be informed of.
 * `isSettled`: which folders no launch is about to make known.
 */
export async function reconcile(
  context: RecoverParts,
  isSettled?: (name: string) => boolean,
): Promise<string[]> {
  const { found, contradictions } = await settleStrays(context, isSettled);
  await Promise.all(found.map((attempt) => settle(context, attempt)));
  return contradictions;
}

async function settle(context: RecoverParts, attempt: AttemptRow): Promise<void> {
  const follower = context.followers.get(attempt.job);
  if (follower === undefined) return;
  const begun = follower.begin().catch((error: unknown) => {
    context.log.error({ err: error, job: attempt.job }, "recovering an attempt");
  });
  // Its slot and its GPUs are allocated: the other attempts, and new ones, need not wait for it.
  await Promise.race([begun, follower.takesLonger]);
}
