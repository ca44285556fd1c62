import { z } from "@hono/zod-openapi";

/** As `src/gpu/release.ts` decides. */
const releaseVerdict = z.enum([
  "released",
  "held_by_live",
  "held_via_inherited_fd",
  "held_unkillable",
  "residual_unattributed",
  "unknown",
]);

const bytes = z.int().nullable().meta({ description: "null: not reported by the driver" });

/** A GPU of an ended attempt: memory in use before, during and after it, and whether it was released. */
export const gpuReceipt = z
  .object({
    uuid: z.string(),
    index: z.int().nullable(),
    model: z.string(),
    beforeBytes: bytes.meta({ description: "in use before the attempt began, by any process" }),
    peakBytes: bytes.meta({ description: "maximum seen in use while it ran, by any process" }),
    ownPeakBytes: bytes.meta({
      description:
        "maximum that the attempt's own processes were seen to hold; sampled from time to time",
    }),
    afterBytes: bytes,
    excessBytes: bytes.meta({
      description:
        "in use at the last sample beyond what was in use before, without the shares of other processes",
    }),
    verdict: releaseVerdict,
    message: z.string(),
    holders: z.array(
      z.object({ pid: z.int(), command: z.string(), state: z.string(), usedBytes: bytes }),
    ),
    deadPids: z
      .array(z.int())
      .meta({ description: "gone, and still on the driver's list at the last sample" }),
    checkMs: z.int().meta({ description: "from the end of the last process to the verdict" }),
    samples: z.int(),
  })
  .meta({ id: "GpuReceipt" });
export type GpuReceipt = z.infer<typeof gpuReceipt>;

/** A GPU whose release is awaited, and why. */
export const gpuWait = z
  .object({ uuid: z.string(), index: z.int().nullable(), message: z.string() })
  .meta({ id: "GpuWait" });
export type GpuWait = z.infer<typeof gpuWait>;

const figure = z.number().nullable();

const holder = z
  .object({
    pid: z.int(),
    alive: z.boolean().nullable().meta({ description: "null: not visible from here" }),
    usedBytes: bytes,
    how: z.array(z.string()).meta({ description: "all evidence for it" }),
    mps: z.boolean(),
    uid: z.int().nullable(),
    state: z.string().nullable(),
    command: z.string().nullable(),
    owner: z
      .string()
      .meta({ description: "the job, unit or container that it belongs to, if any" }),
    jobId: z.int().nullable(),
    jobEnded: z.boolean().nullable(),
  })
  .meta({ id: "GpuHolder" });
export type GpuHolderView = z.infer<typeof holder>;

const gpu = z
  .object({
    uuid: z.string(),
    index: z.int(),
    vendor: z.enum(["nvidia", "amd", "intel", "apple", "other"]),
    model: z.string(),
    pciAddress: z.string().nullable(),
    memory: z.object({
      totalBytes: bytes,
      usedBytes: bytes,
      reservedBytes: bytes,
      freeBytes: bytes,
    }),
    memoryIsShared: z.boolean().nullable(),
    migEnabled: z.boolean().nullable(),
    utilisation: z.object({ gpuPercent: figure, memoryPercent: figure }),
    temperature: z.object({
      celsius: figure,
      slowdownMarginCelsius: figure,
      shutdownMarginCelsius: figure,
    }),
    clocks: z.object({
      smMHz: figure,
      memoryMHz: figure,
      maxSmMHz: figure,
      maxMemoryMHz: figure,
    }),
    throttle: z.object({
      bits: figure,
      reasons: z.array(z.string()).nullable(),
      counters: z.object({
        swPowerCapNs: figure,
        swThermalNs: figure,
        hwThermalNs: figure,
        powerBrakeNs: figure,
      }),
    }),
    power: z.object({ drawMilliwatts: figure, limitMilliwatts: figure }),
    ecc: z.object({ uncorrectedVolatile: figure, uncorrectedAggregate: figure }),
    lastXid: z.object({ code: z.int(), seenAtMs: z.int() }).nullable(),
    xidWatched: z.boolean(),
    holders: z.array(holder),
    processListRead: z.boolean(),
    refusals: z.array(
      z.object({ what: z.string(), code: z.int().nullable(), message: z.string() }),
    ),
    assignable: z.boolean().meta({ description: "whether it can be assigned to jobs" }),
    jobId: z.int().nullable().meta({ description: "the job that it is assigned to" }),
    withheld: z
      .object({ jobId: z.int(), message: z.string() })
      .nullable()
      .meta({ description: "why it is not assigned to the next job" }),
  })
  .meta({ id: "Gpu" });
export type GpuView = z.infer<typeof gpu>;

export const gpus = z
  .object({
    takenAtMs: z.int(),
    tookMs: z.int(),
    probe: z.object({
      source: z.enum(["nvml", "nvidia-smi", "amd", "drm", "apple", "none"]),
      state: z.enum(["ok", "hung", "crashed", "unavailable"]),
      reason: z.string().nullable(),
      code: z.int().nullable(),
      failures: z.int(),
      stuckPids: z.array(z.int()),
    }),
    driverVersion: z.string().nullable(),
    libraryVersion: z.string().nullable(),
    gpus: z.array(gpu),
    unplacedHolders: z
      .array(holder)
      .meta({ description: "have the driver open, but not the device of a single GPU" }),
    holderSight: z.object({
      searched: z.boolean(),
      initialPidNamespace: z.boolean().nullable(),
      unreadable: z.int(),
      complete: z.boolean(),
      reason: z.string().nullable(),
    }),
  })
  .meta({
    id: "Gpus",
    description: "A snapshot of the machine's GPUs, and the processes that hold them",
  });
export type Gpus = z.infer<typeof gpus>;
