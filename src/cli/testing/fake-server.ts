import type { Health, Job, JobRequest } from "../../client/client.ts";
import type { EventsWanted } from "../../client/events.ts";
import type { DroppedOutput, OutputWanted } from "../../client/output.ts";
import type { JobEvent } from "../../contract/event.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Server } from "../context.ts";

/** A server in memory whose jobs change only when a test changes them. */
export class FakeServer {
  readonly jobs = new Map<number, Job>();
  readonly submitted: { request: JobRequest; key: string | undefined }[] = [];
  readonly asked: string[] = [];
  abandoned: Health["abandoned"] = [];
  /** Whether it has searched for what `abandoned` has; an older server does not say. */
  abandonedSearched: boolean | undefined = undefined;
  stateFolder: NonNullable<Health["stateFolder"]> = "in place";
  /** The effect of `cancel` and `kill` on a job. Default: none. */
  onStop: (verb: string, job: Job) => Job = (_verb, job) => job;
  /** Before `cancel`, `kill` and `hold` do anything. */
  beforeStop: (id: number) => Promise<void> = () => Promise.resolve();
  /** Where a cut output begins; null: not cut. */
  cutAt: number | null = null;
  /** What an output quota has dropped before the first byte; null: nothing. */
  dropped: DroppedOutput | null = null;
  /** Number of requests for a job by its number. */
  shows = 0;
  /** Number of opened event streams. */
  streams = 0;
  /** The template of a new job. */
  onSubmit: (request: JobRequest) => Job = () => {
    throw new Error("this test submits nothing");
  };
  readonly #events: Omit<JobEvent, "damaged">[] = [];
  readonly #output = new Map<number, Buffer[]>();
  #changed = Promise.withResolvers<void>();

  /** Sets the state of the job, with an event. */
  put(job: Job): void {
    this.jobs.set(job.id, job);
    this.#publish({ jobId: job.id, type: "state", state: job.state, data: {} });
  }

  /** A transient event with the progress of a stop. */
  reportStopping(job: Job): void {
    this.#publish({ jobId: job.id, type: "live", state: null, data: { stopping: job.stopping } });
  }

  /** A transient event with what is awaited. */
  reportAwaited(id: number, message: string | null): void {
    this.#publish({ jobId: id, type: "live", state: null, data: { message } });
  }

  write(id: number, text: string): void {
    this.#output.set(id, [...(this.#output.get(id) ?? []), Buffer.from(text)]);
    this.#ring();
  }

  get server(): Server {
    const refuseUnknown = (): never => {
      throw new Error("not needed by this test");
    };
    return {
      submit: async (request, key) => {
        this.submitted.push({ request, key });
        const job = this.onSubmit(request);
        this.put(job);
        return { job, replayed: false };
      },
      list: async (filter = {}) => {
        const wanted = filter.state;
        const jobs = [...this.jobs.values()]
          .filter(({ id }) => filter.select?.split(",").includes(String(id)) ?? true)
          .filter(({ state }) => wanted === undefined || wanted.includes(state))
          .filter(({ spec }) => filter.tag === undefined || spec.tags.includes(filter.tag))
          .toSorted((a, b) => b.id - a.id);
        return {
          jobs: jobs.slice(0, filter.limit),
          nextCursor: null,
          eventsAfter: this.#events.length,
        };
      },
      show: async (id) => {
        this.shows += 1;
        return this.#job(id);
      },
      remove: async (id) => {
        this.jobs.delete(id);
      },
      cancel: async (id, graceMs, onlyIn) =>
        this.#stop(`cancel ${id} ${graceMs ?? "own"}`, "cancel", id, onlyIn),
      kill: async (id, onlyIn) => this.#stop(`kill ${id}`, "kill", id, onlyIn),
      retry: refuseUnknown,
      adopt: refuseUnknown,
      hold: async (id) => this.#stop(`hold ${id}`, "hold", id),
      release: refuseUnknown,
      pause: async (id) => this.#stop(`pause ${id}`, "pause", id),
      resume: async (id) => this.#stop(`resume ${id}`, "resume", id),
      processes: refuseUnknown,
      selftest: refuseUnknown,
      scanOrphans: refuseUnknown,
      leftovers: refuseUnknown,
      planOrphans: refuseUnknown,
      orphanPlan: refuseUnknown,
      reapOrphans: refuseUnknown,
      orphanReceipt: refuseUnknown,
      orphanRules: refuseUnknown,
      orphanStatusSources: refuseUnknown,
      testOrphanRules: refuseUnknown,
      holders: refuseUnknown,
      receipt: refuseUnknown,
      attempts: refuseUnknown,
      events: async (id, after = 0) => ({
        events: this.#events.filter(
          (event) => event.jobId === id && event.seq !== null && event.seq > after,
        ),
        nextAfter: null,
      }),
      gpus: refuseUnknown,
      health: async () =>
        ({
          abandoned: this.abandonedSearched === false ? [] : this.abandoned,
          abandonedSearched: this.abandonedSearched,
          stateFolder: this.stateFolder,
          stateDir: "/state",
        }) as unknown as Health,
      version: refuseUnknown,
      followEvents: (wanted = {}) => this.#follow(wanted),
      readOutput: (id, wanted = {}) => this.#read(id, wanted),
      watchOrphans: refuseUnknown,
    };
  }

  #job(id: number): Job {
    const job = this.jobs.get(id);
    if (job === undefined)
      throw new RefusalError({ code: "no_such_job", details: { selector: id } });
    return job;
  }

  async #stop(
    message: string,
    verb: string,
    id: number,
    onlyIn?: readonly Job["state"][],
  ): Promise<Job> {
    this.asked.push(message);
    await this.beforeStop(id);
    const { state, endedAtMs } = this.#job(id);
    if (endedAtMs !== null)
      throw new RefusalError({ code: "already_ended", details: { id, state } });
    if (onlyIn?.includes(state) === false)
      throw new RefusalError({
        code: "not_allowed_now",
        details: { id, state, verb, needs: onlyIn.join(" or ") },
      });
    const job = this.onStop(verb, this.#job(id));
    this.put(job);
    return job;
  }

  #publish(event: Omit<JobEvent, "seq" | "atMs">): void {
    const seq = event.type === "live" ? null : this.#events.length + 1;
    this.#events.push({ ...event, seq, atMs: 0 });
    this.#ring();
  }

  #ring(): void {
    const before = this.#changed;
    this.#changed = Promise.withResolvers<void>();
    before.resolve();
  }

  async *#follow({ jobId, after, signal }: EventsWanted): AsyncGenerator<JobEvent, void> {
    this.streams += 1;
    let next = after === undefined ? this.#events.length : after;
    for (;;) {
      signal?.throwIfAborted();
      while (next < this.#events.length) {
        const event = this.#events[next];
        next += 1;
        if (event !== undefined && (jobId === undefined || event.jobId === jobId)) yield event;
      }
      await this.#change(signal);
    }
  }

  async *#read(id: number, { signal, follow, stream, onCut, onDropped }: OutputWanted) {
    if (this.cutAt !== null) onCut?.(this.cutAt);
    if (this.dropped !== null) onDropped?.(this.dropped);
    let next = 0;
    let offset = this.dropped?.to ?? 0;
    for (;;) {
      signal?.throwIfAborted();
      const chunks = stream === "stderr" ? [] : (this.#output.get(id) ?? []);
      for (; next < chunks.length; next += 1) {
        const bytes = chunks[next] ?? Buffer.alloc(0);
        yield { offset, bytes };
        offset += bytes.length;
      }
      if (follow !== true || this.#job(id).endedAtMs !== null) return;
      await this.#change(signal);
    }
  }

  async #change(signal: AbortSignal | undefined): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const abort = () => aborted.resolve();
    signal?.addEventListener("abort", abort);
    await Promise.race([this.#changed.promise, aborted.promise]);
    signal?.removeEventListener("abort", abort);
  }
}
