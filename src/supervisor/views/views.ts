import { accept, refuse, type Result } from "../../contract/problems.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { currentGpus, type GpuParts } from "../gpu/gpus.ts";
import type { RecoveryAtStart } from "../recovery/recovery-at-start.ts";
import type { Supervisor } from "../supervisor.ts";
import { attemptsOf, outputOf, receiptOf, type AttemptParts } from "./attempts.ts";
import { hintsOf, type HintParts } from "./hints.ts";
import { jobViewOf, type ViewParts } from "./job-view.ts";
import { list, listText, type ListParts } from "./list.ts";
import { pausesOfJob } from "./pauses.ts";
import { processesOf } from "./processes.ts";

export type AllViewParts = ViewParts &
  ListParts &
  AttemptParts &
  HintParts &
  GpuParts &
  Pick<Context, "store" | "reads" | "hub" | "awaitedSampling">;

export type Views = Pick<
  Supervisor,
  | "show"
  | "list"
  | "listText"
  | "attempts"
  | "receipt"
  | "processes"
  | "output"
  | "events"
  | "prunedUntil"
  | "lastSeq"
  | "subscribe"
  | "gpus"
>;

/** What clients see of jobs and GPUs. */
export function viewsOf(parts: AllViewParts, recovery: RecoveryAtStart): Views {
  const { store } = parts;
  const withJob = async <T>(
    id: number,
    use: (job: JobRow) => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const job = store.jobs.get(id);
    return recovery.settled(
      job === null ? refuse("no_such_job", { selector: id }) : await use(job),
    );
  };

  return {
    show: (id) =>
      withJob(id, async (job) => {
        const pauses = pausesOfJob(parts, job);
        const [view, hints] = await Promise.all([jobViewOf(parts, job), hintsOf(parts, job)]);
        return accept({ ...view, hints, pauses });
      }),
    list: async (query) => recovery.settled(await list(parts, query)),
    listText: async (query, signal) => recovery.settled(await listText(parts, query, signal)),
    attempts: (id) => withJob(id, (job) => attemptsOf(parts, job)),
    receipt: (id, attempt = null) => withJob(id, (job) => receiptOf(parts, job, attempt)),
    processes: (id) => withJob(id, (job) => processesOf(parts, job)),
    output: (id, stream, which = null) => withJob(id, (job) => outputOf(parts, job, stream, which)),
    events: (query, signal) => parts.reads.events(query, signal),
    prunedUntil: () => store.events.prunedUntil(),
    lastSeq: (job = null) => (job === null ? store.events.lastSeq() : store.events.lastSeqOf(job)),
    subscribe: (jobId, listener) => {
      if (jobId !== null) parts.awaitedSampling.begin();
      return parts.hub.subscribe(jobId, listener);
    },
    gpus: () => currentGpus(parts),
  };
}
