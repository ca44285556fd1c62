import type { Job } from "../../contract/job.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { isTerminal, type State } from "../../job/states.ts";
import type { RequestingClient, StopRequest } from "../../job/stop-request.ts";
import { isDamage, isStorageFailure } from "../../store/sqlite-errors.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Follower } from "../attempt/follower.ts";
import { jobViewOf, type ViewParts } from "../views/job-view.ts";
import { persist, type PersistParts } from "../attempt/persist.ts";

export type CancelParts = ViewParts & PersistParts;

export interface CancelOptions {
  /** Null: the job's own. An explicit grace can also prolong a stop. */
  graceMs: number | null;
  /** At once, whatever grace the stop has. */
  kill?: boolean;
  client?: RequestingClient | null;
  /** Refused in every other state; null: in none. */
  onlyIn?: readonly State[] | null;
}

/**
 * Records the request, durably, and passes it on to the keeper, which decides what it means beside
 * earlier ones (`job/stop-request.ts`). The state becomes `stopping`; the end is written only when
 * it has been observed.
 *
 * If the disk does not take the record, or a page of the database is damaged, a connected keeper
 * still gets the request: it keeps its own record of why it stopped. Throws the disk's error if there
 * is no keeper, as for a queued job, and if nothing of the attempt lives any more: then nothing was
 * changed.
 */
export async function cancel(
  context: CancelParts,
  id: number,
  { graceMs, kill = false, client = null, onlyIn = null }: CancelOptions,
): Promise<Result<Job>> {
  const { store, clock, config } = context;
  const known = store.jobs.get(id);
  if (known === null) return refuse("no_such_job", { selector: id });
  const defaultMs = known.damaged.includes("spec") ? config.jobs.grace : known.spec.graceMs;
  const asked: Unnumbered = {
    reason: "cancel",
    graceMs: kill ? 0 : (graceMs ?? defaultMs),
    prolong: graceMs !== null && !kill,
    atMs: clock.nowMs(),
    client,
  };
  try {
    const answer = await store.commit("cancel", () => record(context, id, asked, onlyIn));
    if (!answer.ok) return answer;
    const { job, request } = answer.value;
    const follower = context.followers.get(id);
    if (request === null || follower?.stop(request) !== true)
      return accept(await jobViewOf(context, job));
    // Only a longer grace can be refused, and the person has to see that.
    if (request.prolong) await follower.answered();
    return accept(await jobViewOf(context, store.jobs.get(id) ?? job));
  } catch (error) {
    if (!isStorageFailure(error) && !isDamage(error)) throw error;
    const job = store.jobs.get(id) ?? known;
    const no = elsewhere(job, onlyIn);
    if (no !== null) return no;
    if (!carryOut(context, id, asked)) throw error;
    return accept({ ...(await jobViewOf(context, job)), message: unrecordedMessage(context, job) });
  }
}

type Unnumbered = Omit<StopRequest, "number">;

/** `request`: what to send to the keeper; null: the job had not started, and has ended. */
function record(
  context: CancelParts,
  id: number,
  asked: Unnumbered,
  onlyIn: readonly State[] | null,
): Result<{ job: JobRow; request: StopRequest | null }> {
  const { store, followers } = context;
  const job = store.jobs.get(id);
  if (job === null) return refuse("no_such_job", { selector: id });
  if (isTerminal(job.state)) return refuse("already_ended", { id, state: job.state });
  const no = elsewhere(job, onlyIn);
  if (no !== null) return no;
  const { reason, atMs } = asked;
  if (job.state === "queued" || job.state === "held") {
    store.stopRequests.add(id, null, { ...asked, number: 0 });
    const outcome = { code: null, signal: null, reason, leftovers: 0 };
    store.jobs.advance(id, job.state, "cancelled", atMs, { reason, outcome });
    return accept({ job: store.jobs.get(id) ?? job, request: null });
  }
  const recorded = job.attempt === null ? [] : store.stopRequests.ofAttempt(job.attempt);
  const last = Math.max(followers.get(id)?.lastStop ?? 0, ...recorded.map(({ number }) => number));
  const request = { ...asked, number: last + 1 };
  write(context, job, request);
  return accept({ job: store.jobs.get(id) ?? job, request });
}

/** The refusal if the job has moved on since it was chosen for its state. */
function elsewhere({ id, state }: JobRow, onlyIn: readonly State[] | null): Result<never> | null {
  if (onlyIn === null || onlyIn.includes(state)) return null;
  const needs = `a ${onlyIn.join(" or ")} job, as asked`;
  return refuse("not_allowed_now", { id, state, verb: "the stop", needs });
}

function write(
  { store }: Pick<CancelParts, "store">,
  { id, state, attempt }: JobRow,
  request: StopRequest,
): void {
  store.stopRequests.add(id, attempt, request);
  store.jobs.stopRequested(id, "stopping", request);
  const { reason, atMs } = request;
  if (state !== "stopping") store.jobs.advance(id, state, "stop", atMs, { reason });
}

/** Sends the request to the keeper now and stores it as soon as the disk takes it. False: no keeper can get it. */
function carryOut(context: CancelParts, id: number, asked: Unnumbered): boolean {
  const follower = context.followers.get(id);
  if (follower === undefined) return false;
  // There is nothing to stop, and a keeper that records another end will not report this request.
  if (follower.isOver && !follower.remembersStop) return false;
  const recorded = context.store.stopRequests.ofAttempt(follower.attempt.id);
  const last = Math.max(follower.lastStop, ...recorded.map(({ number }) => number));
  const request = { ...asked, number: last + 1 };
  if (!follower.stop(request)) return false;
  follower.unrecorded.push(request);
  if (follower.unrecorded.length === 1) void recordLater(context, id, follower);
  return true;
}

function unrecordedMessage(
  { followers }: Pick<CancelParts, "followers">,
  { id, spec }: JobRow,
): string {
  const message = "it is being stopped, but the database takes no record of that yet";
  if (spec.retries.max === 0 || followers.get(id)?.remembersStop !== false) return message;
  return `${message}; if the server is killed before it does, another attempt may follow: cancel it again then`;
}

async function recordLater(context: CancelParts, id: number, follower: Follower): Promise<void> {
  const { store } = context;
  while (follower.unrecorded.length > 0) {
    const requests = [...follower.unrecorded];
    await persist(context, id, () =>
      store.commit("cancel", () => {
        for (const request of requests) {
          const job = store.jobs.get(id);
          // If the attempt has ended in between, its receipt has them.
          if (job !== null && !isTerminal(job.state)) write(context, job, request);
        }
      }),
    );
    follower.unrecorded.splice(0, requests.length);
  }
}
