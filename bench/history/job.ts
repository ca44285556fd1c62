import type { RequestingClient } from "../../src/job/stop-request.ts";
import { terminalEventOf, type Outcome } from "../../src/job/outcome.ts";
import type { State } from "../../src/job/states.ts";
import type { Changes } from "../../src/store/jobs.ts";
import type { JobRow } from "../../src/store/rows.ts";
import type { Store } from "../../src/store/store.ts";
import { receiptOfExit, receiptOfLoss } from "../../src/supervisor/receipt/receipts.ts";
import { makeAttempt, type MadeAttempt } from "./attempt.ts";
import { kindOf, type AttemptEnd } from "./kinds.ts";

const client: RequestingClient = {
  uid: 1000,
  pid: 4242,
  command: "node",
  parent: { pid: 4200, command: "bash" },
  says: "holdfast cancel",
};
const beforeRetryMs = 10_000;

/** Writes one ended job as the supervisor does, transition by transition. In a transaction. Returns its attempts. */
export function writeEndedJob(store: Store, index: number, atMs: number): MadeAttempt[] {
  const { spec, key, attempts } = kindOf(index);
  const id = store.jobs.insert(spec, atMs, null);
  if (key !== null) store.submissions.insert(key, `request-${index}`, id, atMs);
  if (attempts.length === 0) {
    const request = stopRequest(0, atMs + 500);
    store.stopRequests.add(id, null, request);
    const outcome: Outcome = { code: null, signal: null, reason: "cancel", leftovers: 0 };
    store.jobs.advance(id, "queued", "cancelled", request.atMs, { reason: "cancel", outcome });
  }
  let startMs = atMs + 15;
  return attempts.map((end, place) => {
    const made = runAttempt(store, id, end, place + 1, startMs, place + 1 < attempts.length);
    startMs = made.endedAtMs + beforeRetryMs;
    return made;
  });
}

/** Writes one job that waits, and that a server can run. In a transaction. */
export function writeWaitingJob(store: Store, index: number, atMs: number): void {
  store.jobs.insert({ ...kindOf(index).spec, command: ["/bin/true"], cwd: "/" }, atMs, null);
}

function runAttempt(
  store: Store,
  id: number,
  end: AttemptEnd,
  number: number,
  startMs: number,
  isRetried: boolean,
): MadeAttempt {
  const made = makeAttempt(jobOf(store, id), end, number, startMs);
  const { row, claim, endedAtMs } = made;
  store.attempts.insert(row);
  store.allocations.take({ attempt: row.id, job: id, resources: { slots: 1, gpuUuids: [] } });
  const starting = { attempt: row.id, message: null, wait: null };
  store.jobs.advance(id, "queued", "launch", startMs - 4, starting, { attempt: number });
  store.attempts.claimed(row.id, claim, startMs);
  const processes = { pid: claim.payload.pid, keeperPid: claim.keeper.pid, tier: row.tier };
  const running = { startedAtMs: startMs };
  store.jobs.advance(id, "starting", "launched", startMs, running, {
    attempt: number,
    ...processes,
  });
  row.claim = claim;
  const outcome: Outcome = {
    code: end.code,
    signal: end.signal,
    reason: end.reason,
    leftovers: 0,
  };
  const state = stop(store, id, made, end);
  const event = terminalEventOf(outcome);
  const job = jobOf(store, id);
  store.attempts.ended(row.id, endedAtMs, {
    ...receiptOf(job, made, event, outcome),
    diskFull: [],
    stopRequests: store.stopRequests.ofAttempt(row.id),
  });
  if (isRetried) {
    const wait = { fromMs: endedAtMs, untilMs: endedAtMs + beforeRetryMs };
    const again: Changes = {
      reason: null,
      startedAtMs: null,
      message: `attempt ${number}: exit 1`,
      wait,
    };
    const data = { attempt: number, ended: event, reason: end.reason };
    store.jobs.advance(id, state, "retry", endedAtMs, again, data);
  } else {
    const changes: Changes = { outcome, reason: end.reason, endedAtMs };
    store.jobs.advance(id, state, event, endedAtMs, changes);
  }
  return made;
}

/** Jobs that did not end on their own are stopped first. */
function stop(store: Store, id: number, { row, endedAtMs }: MadeAttempt, end: AttemptEnd): State {
  if (end.reason === "exited" || end.reason === "keeper_lost") return "running";
  const atMs = endedAtMs - 20;
  if (end.reason === "cancel") {
    const request = stopRequest(1, atMs);
    store.stopRequests.add(id, row.id, request);
    store.jobs.stopRequested(id, "stopping", request);
  }
  store.jobs.advance(id, "running", "stop", atMs, { reason: end.reason });
  return "stopping";
}

function stopRequest(number: number, atMs: number) {
  return { number, reason: "cancel" as const, graceMs: 10_000, prolong: false, atMs, client };
}

function receiptOf(
  job: JobRow,
  { row, exit, endedAtMs }: MadeAttempt,
  state: State,
  outcome: Outcome,
) {
  const after = { container: null, gpus: null };
  return exit === null
    ? receiptOfLoss(job, row, state, outcome, {
        sweep: null,
        ...after,
        atMs: endedAtMs,
        pauses: null,
      })
    : receiptOfExit(job, row, state, outcome, exit, { ...after, groupIsEmpty: true });
}

function jobOf(store: Store, id: number): JobRow {
  const job = store.jobs.get(id);
  if (job === null) throw new Error(`job ${id} was not written`);
  return job;
}
