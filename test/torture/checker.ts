import type { Client, Job, Receipt } from "../../src/client/client.ts";
import { isTerminal } from "../../src/job/states.ts";
import type { Journal } from "./journal.ts";
import { readRuns, type Places, type Run } from "./payload.ts";

/**
 * Compares the promises to clients and the output of payloads with the final contents of the store.
 * Knows nothing of how Holdfast works.
 */
export async function check(client: Client, journal: Journal, places: Places): Promise<void> {
  const runs = readRuns(places.record);
  const jobs = await everyJob(client);
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const complain = (message: string) => void journal.violations.push(message);

  for (const { tag, id, code } of journal.submissions) {
    const same = jobs.filter(({ spec, retryOf }) => spec.name === tag && retryOf === null);
    if (same.length > 1) complain(`${tag} became ${same.length} jobs`);
    if (id !== null && !byId.has(id) && !journal.removalAsked.has(id))
      complain(`job ${id} (${tag}) was acknowledged and is gone`);
    for (const job of same)
      if (
        job.outcome?.code !== null &&
        job.outcome?.code !== code &&
        job.outcome?.reason === "exited"
      )
        complain(
          `job ${job.id} would have ended with ${code}, and its outcome says ${job.outcome?.code}`,
        );
  }
  for (const id of journal.retries.keys())
    if (!byId.has(id) && !journal.removalAsked.has(id)) complain(`retry ${id} is gone`);
  for (const id of journal.removed)
    if (byId.has(id)) complain(`job ${id} was removed and is there`);
  for (const [id, list] of runs) {
    if (list.length > 1)
      complain(
        `job ${id} ran ${list.length} times: ${list.map(({ attempt }) => attempt).join(" ")}`,
      );
    const known = byId.has(id) || journal.removalAsked.has(id);
    if (!known) complain(`job ${id} ran, and no record knows of it`);
  }
  for (const job of jobs) {
    if (!isTerminal(job.state)) complain(`job ${job.id} is still ${job.state}`);
    else await checkEnd(client, job, runs.get(job.id) ?? [], journal, complain);
  }
}

async function checkEnd(
  client: Client,
  job: Job,
  runs: Run[],
  journal: Journal,
  complain: (message: string) => void,
): Promise<void> {
  const { id, state, outcome } = job;
  const receipt = await client.receipt(id);
  const code = runs[0]?.code ?? null;
  const subject = `job ${id} is ${state} (${outcome?.reason}, ${outcome?.code ?? outcome?.signal})`;
  switch (state) {
    case "succeeded":
    case "failed":
      if (outcome?.reason === "exited" && outcome.code !== null && outcome.code !== code)
        complain(`${subject}, but its payload wrote ${code}`);
      if (outcome?.reason === "exited" && runs.length !== 1)
        complain(`${subject}, and ran ${runs.length} times`);
      if (outcome?.reason === "launch_failed" && runs.length > 0) complain(`${subject}, and ran`);
      // A program that could not be executed for want of memory or descriptors is a true failure.
      break;
    case "cancelled":
      if (!journal.stopAsked.has(id)) complain(`${subject}, and no client requested it`);
      break;
    case "timed_out":
      if (job.spec.limitMs === null) complain(`${subject}, and had no limit`);
      break;
    case "lost": {
      const attempts = [receipt.attempt, ...runs.map(({ attempt }) => attempt)];
      if (!attempts.some((one) => one !== null && journal.killedKeepers.has(one)))
        complain(`${subject}, and its keeper was not killed: ${receipt.attempt}`);
      if (outcome?.code !== null || outcome?.signal !== null)
        complain(`${subject}: that is invented`);
      break;
    }
    default:
      complain(`${subject}: that is not an end`);
  }
  checkReceipt(job, receipt, runs, complain);
}

function checkReceipt(
  job: Job,
  receipt: Receipt,
  runs: Run[],
  complain: (message: string) => void,
): void {
  const subject = `the receipt of job ${job.id}`;
  if (receipt.state !== job.state)
    complain(`${subject} says ${receipt.state}, the job ${job.state}`);
  if (receipt.proof.kind === "never started" && runs.length > 0)
    complain(`${subject} says that it never started, and it ran`);
  if (receipt.proof.kind === "keeper" && receipt.proof.echild !== true)
    complain(`${subject} names its keeper and no proof`);
  if (receipt.proof.kind === "reboot") complain(`${subject} says that the machine restarted`);
  const [run] = runs;
  if (run !== undefined && receipt.attempt !== run.attempt)
    complain(`${subject} is of attempt ${receipt.attempt}, but ${run.attempt} ran`);
}

async function everyJob(client: Client): Promise<Job[]> {
  const jobs: Job[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) });
    jobs.push(...page.jobs);
    if (page.nextCursor === null) return jobs;
    cursor = page.nextCursor;
  }
}
