import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Job } from "../../contract/job.ts";
import type { ValidJobRequest } from "../../contract/job-request.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { assignment } from "../../containment/assignment.ts";
import { areCpusIn, countCpus } from "../../job/cpu-list.ts";
import type { JobSpec } from "../../job/spec.ts";
import { isStorageFull } from "../../store/sqlite-errors.ts";
import type { Context } from "../context.ts";
import { viewOf } from "../views/job-view.ts";
import { refuseUnapplied } from "./strict-limits.ts";

// Linux: one string has at most 128 KiB (MAX_ARG_STRLEN); all of them a quarter of the stack limit,
// 2 MiB with the default of 8 MiB. If the kernel allows less, its E2BIG ends the job with a reason.
const stringLimitBytes = 131_071;
const totalLimitBytes = 2 * 1024 * 1024;

type Submitted = Result<{ job: Job; replayed: boolean }>;

export async function submit(
  context: Context,
  request: ValidJobRequest,
  key: string | null,
): Promise<Submitted> {
  const requestHash = createHash("sha256").update(JSON.stringify(request)).digest("hex");
  const replayed = key === null ? null : replay(context, key, requestHash);
  if (replayed !== null) return replayed;
  const spec = specOf(context, request);
  const refusal =
    tooLong(request) ??
    tooManyGpus(context, request) ??
    noSuchCpus(context, request) ??
    refuseUnapplied(context, spec) ??
    (await noFolder(request.cwd));
  if (refusal !== null) return refusal;
  return insert(context, spec, key, requestHash, null);
}

/** Stores a job; with a key, unless another request with that key came first. */
export async function insert(
  context: Context,
  spec: JobSpec,
  key: string | null,
  requestHash: string,
  retryOf: number | null,
): Promise<Submitted> {
  const { store, clock, config } = context;
  try {
    return await store.commit("submit", (): Submitted => {
      const first = key === null ? null : replay(context, key, requestHash);
      if (first !== null) return first;
      const id = store.jobs.insert(spec, clock.nowMs(), retryOf);
      if (key !== null) store.submissions.insert(key, requestHash, id, clock.nowMs());
      const row = store.jobs.get(id);
      if (row === null) throw new Error(`job ${id} is gone right after it was stored`);
      return accept({ job: viewOf(context, row), replayed: false });
    });
  } catch (error) {
    if (isStorageFull(error)) return refuse("storage_full", { path: config.paths.stateDir });
    throw error;
  }
}

function replay(context: Context, key: string, requestHash: string): Submitted | null {
  const known = context.store.submissions.find(key);
  if (known === null) return null;
  if (known.requestHash !== requestHash) return refuse("idempotency_mismatch");
  const row = context.store.jobs.get(known.job);
  if (row === null) return refuse("no_such_job", { selector: known.job });
  return accept({ job: viewOf(context, row), replayed: true });
}

function specOf({ config }: Context, request: ValidJobRequest): JobSpec {
  const { jobs, output } = config;
  return {
    ...request,
    name: request.name ?? null,
    limitMs: orNone(request.limitMs === undefined ? jobs.limit : request.limitMs),
    graceMs: request.graceMs ?? jobs.grace,
    stopScope: request.stopScope ?? jobs.stop_scope,
    leaseMs: orNone(request.leaseMs ?? null),
    outputQuotaBytes: orNone(
      request.outputQuotaBytes === undefined ? output.quota : request.outputQuotaBytes,
    ),
    rlimits: definedOnly(request.rlimits),
    inherited: { ...request.inherited, rlimits: definedOnly(request.inherited.rlimits) },
  };
}

function definedOnly(limits: Partial<Record<string, string>>): Record<string, string> {
  const present = Object.entries(limits).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>;
}

function orNone(value: number | null): number | null {
  return value === 0 ? null : value;
}

function tooLong({ command, env }: ValidJobRequest): ReturnType<typeof refuse> | null {
  const lengths = [
    ...command.map((text) => Buffer.byteLength(text)),
    ...Object.entries(env).map(([name, value]) => assignment(name, value).length),
  ];
  let total = 0;
  for (const bytes of lengths) {
    if (bytes > stringLimitBytes)
      return refuse("command_too_long", { bytes, limit: `${stringLimitBytes} for one argument` });
    // The kernel counts the string, its NUL and its pointer.
    total += bytes + 9;
  }
  return total > totalLimitBytes
    ? refuse("command_too_long", { bytes: total, limit: totalLimitBytes })
    : null;
}

function tooManyGpus(
  { gpuUuids }: Context,
  { gpus }: ValidJobRequest,
): ReturnType<typeof refuse> | null {
  return gpus > gpuUuids.length
    ? refuse("not_enough_gpus", { wanted: gpus, found: gpuUuids.length })
    : null;
}

function noSuchCpus(
  { engine }: Context,
  { cpus, limits: { cpuCores } }: ValidJobRequest,
): ReturnType<typeof refuse> | null {
  const count = countCpus(engine.cpus);
  // It is unknown which exist: the kernel refuses those that do not.
  if (count === 0) return null;
  const details = { count, list: engine.cpus };
  if (cpus !== null && !areCpusIn(cpus, engine.cpus))
    return refuse("no_such_cpus", { wanted: cpus, ...details });
  return cpuCores !== null && cpuCores > count
    ? refuse("no_such_cpus", { wanted: `the time of ${cpuCores}`, ...details })
    : null;
}

async function noFolder(path: string): Promise<ReturnType<typeof refuse> | null> {
  try {
    if ((await stat(path)).isDirectory()) return null;
  } catch {
    // Whatever the reason, a job could not be started there.
  }
  return refuse("no_such_folder", { path });
}
