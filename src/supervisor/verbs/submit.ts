import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { Job } from "../../contract/job.ts";
import type { ValidJobRequest } from "../../contract/job-request.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { assignment } from "../../containment/assignment.ts";
import type { Engine } from "../../engines/engine.ts";
import { defaultEngine } from "../../job/spec.ts";
import { areCpusIn, countCpus } from "../../job/cpu-list.ts";
import type { JobSpec } from "../../job/spec.ts";
import { isStorageFull } from "../../store/sqlite-errors.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";
import { jobViewOf, type ViewParts } from "../views/job-view.ts";
import { refuseUnapplied } from "./strict-limits.ts";

export type InsertParts = ViewParts & Pick<Context, "clock">;
export type SubmitParts = InsertParts & Pick<Context, "gpuUuids">;

// Linux: one string has at most 128 KiB (MAX_ARG_STRLEN); all of them a quarter of the stack limit,
// 2 MiB with the default of 8 MiB. If the kernel allows less, its E2BIG ends the job with a reason.
const stringLimitBytes = 131_071;
const totalLimitBytes = 2 * 1024 * 1024;

type Submitted = Result<{ job: Job; replayed: boolean }>;
interface Found {
  row: JobRow;
  replayed: boolean;
}

export async function submit(
  context: SubmitParts,
  request: ValidJobRequest,
  key: string | null,
): Promise<Submitted> {
  const requestHash = hashOf(request);
  const replayed = key === null ? null : replay(context, key, requestHash);
  if (replayed !== null) return await viewed(context, replayed);
  const spec = specOf(context, request);
  const engine = context.engines.named(request.engine);
  if (engine === null) return noSuchEngine(context, request);
  const refusal =
    tooLong(request) ??
    tooManyGpus(context, request) ??
    noSuchCpus(engine, request) ??
    (await refuseUnapplied(engine, spec)) ??
    (await noFolder(request.cwd));
  if (refusal !== null) return refusal;
  return insert(context, spec, key, requestHash, null);
}

/** Stores a job; with a key, unless another request with that key came first. */
export async function insert(
  context: InsertParts,
  spec: JobSpec,
  key: string | null,
  requestHash: string,
  retryOf: number | null,
): Promise<Submitted> {
  const { store, clock, config } = context;
  try {
    const stored = await store.commit("submit", (): Result<Found> => {
      const first = key === null ? null : replay(context, key, requestHash);
      if (first !== null) return first;
      const id = store.jobs.insert(spec, clock.nowMs(), retryOf);
      if (key !== null) store.submissions.insert(key, requestHash, id, clock.nowMs());
      const row = store.jobs.get(id);
      if (row === null) throw new Error(`job ${id} is gone right after it was stored`);
      return accept({ row, replayed: false });
    });
    return await viewed(context, stored);
  } catch (error) {
    if (isStorageFull(error)) return refuse("storage_full", { path: config.paths.stateDir });
    throw error;
  }
}

function replay(
  context: Pick<Context, "store">,
  key: string,
  requestHash: string,
): Result<Found> | null {
  const known = context.store.submissions.find(key);
  if (known === null) return null;
  if (known.requestHash !== requestHash) return refuse("idempotency_mismatch");
  const row = context.store.jobs.get(known.job);
  if (row === null) return refuse("no_such_job", { selector: known.job });
  return accept({ row, replayed: true });
}

/** A request that names no engine has the hash that older servers gave it. */
function hashOf({ engine, ...asked }: ValidJobRequest): string {
  const hashed = engine === defaultEngine ? asked : { ...asked, engine };
  return createHash("sha256").update(JSON.stringify(hashed)).digest("hex");
}

async function viewed(context: ViewParts, found: Result<Found>): Promise<Submitted> {
  if (!found.ok) return found;
  const { row, replayed } = found.value;
  return accept({ job: await jobViewOf(context, row), replayed });
}

function specOf({ config }: Pick<Context, "config">, request: ValidJobRequest): JobSpec {
  const { jobs, output } = config;
  const { engine, ...asked } = request;
  return {
    ...asked,
    // In every job that names another engine than the default: those of older servers name none.
    ...(engine === defaultEngine ? {} : { engine }),
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
  { gpuUuids }: Pick<Context, "gpuUuids">,
  { gpus }: ValidJobRequest,
): ReturnType<typeof refuse> | null {
  return gpus > gpuUuids.length
    ? refuse("not_enough_gpus", { wanted: gpus, found: gpuUuids.length })
    : null;
}

function noSuchEngine(
  { engines }: Pick<Context, "engines">,
  { engine }: ValidJobRequest,
): ReturnType<typeof refuse> {
  return refuse("no_such_engine", { engine, known: engines.names.join(", ") });
}

function noSuchCpus(
  { machine }: Pick<Engine, "machine">,
  { cpus, limits: { cpuCores } }: ValidJobRequest,
): ReturnType<typeof refuse> | null {
  const list = machine?.containment.cpus ?? "";
  const count = countCpus(list);
  // It is unknown which exist: the kernel refuses those that do not.
  if (count === 0) return null;
  const details = { count, list };
  if (cpus !== null && !areCpusIn(cpus, list))
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
