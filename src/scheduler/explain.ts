import { counted } from "../contract/counted.ts";
import type { Waiting } from "../contract/job.ts";
import { inOrder, type Decision, type Offer, type QueuedJob } from "./decide.ts";
import { resourcesIn } from "./demand.ts";

interface Texts {
  /** It is the first job that waits for this. */
  lacking(asked: number, offer: Offer): Waiting;
  /** An earlier one waits for this. */
  behind(first: QueuedJob, offer: Offer): Waiting;
}

const none: Offer = { total: 0, free: 0, withheld: 0 };

/** Why a candidate was not launched by a decision; null: the decision was made without it. */
export function explain({ first, offers }: Decision, job: QueuedJob): Waiting | null {
  for (const name of resourcesIn(job.demand)) {
    const waiting = first.get(name);
    if (waiting === undefined || inOrder(job, waiting) < 0) continue;
    const offer = offers[name] ?? none;
    const texts = textsOf(name);
    return waiting.id === job.id
      ? texts.lacking(job.demand[name] ?? 0, offer)
      : texts.behind(waiting, offer);
  }
  return null;
}

function textsOf(name: string): Texts {
  if (name === "slot") return slot;
  return name === "gpu" ? gpu : named(name);
}

// Each job takes one, so it does not matter that another job waits as well.
const slot: Texts = {
  lacking: (_asked, { total }) => noSlot(total),
  behind: (_first, { total }) => noSlot(total),
};

const gpu: Texts = {
  lacking(asked, { total, free, withheld, unknownHolders = [] }) {
    const message = `wants ${asked} of ${counted(total, "GPU")}, ${free} free`;
    const [unknown] = unknownHolders;
    if (unknown !== undefined)
      return {
        code: "gpus",
        message: `${message}: the record of which GPUs job ${unknownHolders.join(", ")} holds is damaged`,
        hint: `no GPU is assigned until it ends; holdfast show ${unknown} shows what is certain`,
      };
    if (withheld > 0)
      return {
        code: "gpus",
        message: `${message}, ${withheld} still held by what an ended job left`,
        hint: "holdfast gpus shows the processes that hold them",
      };
    return {
      code: "gpus",
      message,
      hint: "waits for jobs to release theirs; holdfast ls shows which jobs hold them",
    };
  },
  behind: (first) => behind(first, counted(first.demand["gpu"] ?? 0, "GPU")),
};

function named(name: string): Texts {
  return {
    lacking: (asked, { total, free }) => ({
      code: name,
      message: `wants ${asked} of ${total} ${name}, ${free} free`,
      hint: "waits for jobs to release theirs; holdfast ls shows which jobs run",
    }),
    behind: (first) => behind(first, `${first.demand[name] ?? 0} ${name}`),
  };
}

function noSlot(total: number): Waiting {
  return {
    code: "slots",
    message: total === 1 ? "the only slot is in use" : `all ${total} slots are in use`,
    hint: "waits for a job to end; jobs.max_running in config.toml sets the number",
  };
}

function behind(first: QueuedJob, awaited: string): Waiting {
  return {
    code: "behind",
    message: `behind job ${first.id}, which waits for ${awaited}`,
    hint: `holdfast hold ${first.id} lets others pass`,
  };
}
