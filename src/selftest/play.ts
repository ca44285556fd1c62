import { StallTimeout } from "../client/stall-timeout.ts";
import { jobRequest } from "../contract/job-request.ts";
import type { Job } from "../contract/job.ts";
import type { Result } from "../contract/problems.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Receipt } from "../contract/receipt.ts";
import { isTerminal } from "../job/states.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { Clock } from "../system/clock.ts";
import { Witness } from "./witness.ts";

/** A job without processor time, a new process or a new state for this long hangs. */
const limits = { stallMs: 20_000, sayAfterMs: Infinity };
/** A payload that was lost ends on its own. A busy machine needs longer than the limit above. */
const limitMs = 300_000;

export interface SelftestParts {
  supervisor: Supervisor;
  clock: Clock;
  /** For the witnesses' FIFOs. */
  folder: string;
}

/** A job of the self-test. */
export interface Payload {
  name: string;
  /** What it does, for people. */
  what: string;
  /**
   * For `sh`. `$0` is a FIFO to keep open at 9: the kernel reports the end of its
   * last holder. It writes `ready` there when everything of it is in place.
   */
  script: string;
  /** What is done when it is ready: nothing, or cancel with this grace. */
  cancel: { graceMs: number } | null;
  /** Additional fields of the request. */
  request?: object;
}

export interface Played {
  job: Job;
  receipt: Receipt;
  /** Whether the witness knew of a living process when the job was said to have ended. */
  livesOn: boolean;
  /** From the stop, or the start, to the end. */
  tookMs: number;
}

/** Runs a payload as a job and removes it again. Throws where it could not be run, or hangs. */
export async function play(parts: SelftestParts, payload: Payload): Promise<Played> {
  const { supervisor, clock, folder } = parts;
  const witness = await Witness.make(folder);
  let id: number | null = null;
  let begunMs = clock.monotonicMs();
  try {
    id = accepted(await supervisor.submit(requestFor(payload, witness.path), null)).job.id;
    const ended = untilEnded(parts, id);
    await within(parts, id, Promise.race([witness.ready, ended]));
    if (payload.cancel !== null) {
      begunMs = clock.monotonicMs();
      accepted(await supervisor.cancel(id, payload.cancel.graceMs));
    }
    const job = await within(parts, id, ended);
    const tookMs = Math.round(clock.monotonicMs() - begunMs);
    // The end of the last holder and the end of the job come by two ways; one turn lets both arrive.
    await new Promise<void>((resolve) => clock.soon(() => clock.soon(resolve)));
    return { job, receipt: accepted(await supervisor.receipt(id)), livesOn: !witness.gone, tookMs };
  } finally {
    witness.close();
    if (id !== null) await supervisor.remove(id);
  }
}

function requestFor({ name, script, request = {} }: Payload, fifo: string) {
  return jobRequest.parse({
    command: ["/bin/sh", "-c", script, fifo],
    name: `selftest: ${name}`,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    tags: ["holdfast-selftest"],
    priority: 1000,
    limitMs,
    ...request,
  });
}

function untilEnded({ supervisor }: SelftestParts, id: number): Promise<Job> {
  return new Promise((resolve, reject) => {
    const check = async () => {
      const job = accepted(await supervisor.show(id));
      if (!isTerminal(job.state)) return;
      unsubscribe();
      resolve(job);
    };
    const again = () => void check().catch(reject);
    const unsubscribe = supervisor.subscribe(id, again);
    again();
  });
}

function within<T>(
  { supervisor, clock }: SelftestParts,
  id: number,
  promise: Promise<T>,
): Promise<T> {
  let seen: number | null = null;
  const sample = async () => {
    const found = await supervisor.processes(id);
    if (!found.ok) return;
    const { processes } = found.value;
    seen = processes.reduce((sum, { cpuMs }) => sum + cpuMs, processes.length / 1000);
  };
  // As the sample before shows it.
  const progress = () => {
    sample().catch(() => undefined);
    return seen;
  };
  const timeout = new StallTimeout(clock, { progress }, `job ${id}`, limits);
  return new Promise((resolve, reject) => {
    const unsubscribe = supervisor.subscribe(id, () => timeout.moved());
    const timer = timeout.watch(() => {
      const waited = `${limits.stallMs / 1000} s`;
      const stateThen = async () => {
        const shown = await supervisor.show(id);
        const state = shown.ok ? shown.value.state : "not shown";
        throw new Error(`the job was ${state} for ${waited} and used no processor time`);
      };
      stateThen().catch(reject);
    });
    promise.then(resolve, reject).finally(() => {
      timer.cancel();
      unsubscribe();
    });
  });
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new RefusalError(result.refusal);
  return result.value;
}
