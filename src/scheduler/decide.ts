import type { Waiting } from "../contract/job.ts";

export interface QueuedJob {
  id: number;
  /** Whole GPUs wanted. */
  gpus: number;
}

export interface Snapshot {
  /** Best first: by priority, then in order of submission. */
  queue: readonly QueuedJob[];
  /** Attempts that have, or may have, processes. */
  running: number;
  maxRunning: number;
  gpuUuids: readonly string[];
  /** GPUs of attempts that have not been proven dead. */
  busyGpuUuids: ReadonlySet<string>;
  /** GPUs that somebody of an ended attempt still holds. */
  withheldGpuUuids: ReadonlySet<string>;
  /** Jobs that may hold any GPU, because the record of what they hold is damaged: none is assigned. */
  unknownHolders?: readonly number[];
}

export interface Decision {
  launch: { id: number; gpuUuids: string[] }[];
  /** Why each other job waits, and what would help. */
  waiting: Map<number, Waiting>;
}

/**
 * Which queued jobs start now. Pure.
 *
 * In order, without overtaking for the same thing: while a job waits for GPUs no
 * later job gets any, so that a job wanting many is not starved by jobs wanting
 * few; jobs that want none pass by.
 */
export function decide(snapshot: Snapshot): Decision {
  const { gpuUuids, busyGpuUuids, withheldGpuUuids } = snapshot;
  const unknownHolders = snapshot.unknownHolders ?? [];
  const free = gpuUuids.filter(
    (uuid) => unknownHolders.length === 0 && !busyGpuUuids.has(uuid) && !withheldGpuUuids.has(uuid),
  );
  let slots = snapshot.maxRunning - snapshot.running;
  let firstWaitingForGpus: QueuedJob | null = null;
  const decision: Decision = { launch: [], waiting: new Map() };
  for (const job of snapshot.queue) {
    if (slots <= 0) {
      decision.waiting.set(job.id, noSlot(snapshot.maxRunning));
    } else if (job.gpus > 0 && firstWaitingForGpus !== null) {
      decision.waiting.set(job.id, behind(firstWaitingForGpus));
    } else if (job.gpus > free.length) {
      firstWaitingForGpus ??= job;
      decision.waiting.set(job.id, noGpus(job, free.length, snapshot));
    } else {
      decision.launch.push({ id: job.id, gpuUuids: free.splice(0, job.gpus) });
      slots -= 1;
    }
  }
  return decision;
}

function noSlot(maxRunning: number): Waiting {
  return {
    code: "slots",
    message: `all ${maxRunning} slots are in use`,
    hint: "waits for a job to end; jobs.max_running in config.toml sets the number",
  };
}

function noGpus(job: QueuedJob, free: number, snapshot: Snapshot): Waiting {
  const { gpuUuids, busyGpuUuids, withheldGpuUuids, unknownHolders = [] } = snapshot;
  const held = gpuUuids.filter((uuid) => withheldGpuUuids.has(uuid) && !busyGpuUuids.has(uuid));
  const message = `wants ${job.gpus} of ${gpuUuids.length} GPUs, ${free} free`;
  const [unknown] = unknownHolders;
  if (unknown !== undefined)
    return {
      code: "gpus",
      message: `${message}: the record of which GPUs job ${unknownHolders.join(", ")} holds is damaged`,
      hint: `no GPU is assigned until it ends; holdfast show ${unknown} shows what is certain`,
    };
  if (held.length > 0)
    return {
      code: "gpus",
      message: `${message}, ${held.length} still held by what an ended job left`,
      hint: "holdfast gpus shows who holds them",
    };
  return {
    code: "gpus",
    message,
    hint: "waits for jobs to release theirs; holdfast ls shows who has them",
  };
}

function behind(first: QueuedJob): Waiting {
  return {
    code: "behind",
    message: `behind job ${first.id}, which waits for ${first.gpus} GPUs`,
    hint: `holdfast hold ${first.id} lets others pass`,
  };
}
