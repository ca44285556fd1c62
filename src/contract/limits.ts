import { z } from "@hono/zod-openapi";

const leastMemoryBytes = 1024 * 1024;
const memory = z
  .int()
  .min(leastMemoryBytes, "must be at least 1MiB (1048576), below that no program starts");
const weight = z
  .int()
  .min(1, "must be from 1 to 10000; the default is 100")
  .max(10_000, "must be from 1 to 10000; the default is 100");

/** The resource limits of a request. Without a value a resource is not limited. */
export const limitsRequest = z
  .strictObject({
    memoryMaxBytes: memory.nullable().default(null),
    memoryHighBytes: memory.nullable().default(null),
    swapMaxBytes: z.int().min(0).nullable().default(null),
    cpuCores: z
      .number()
      .min(0.01, "must be at least 0.01 cores")
      .max(65_536)
      .nullable()
      .default(null),
    cpuWeight: weight.nullable().default(null),
    pidsMax: z.int().min(1, "must be at least 1").max(4_194_304).nullable().default(null),
    ioWeight: weight.nullable().default(null),
  })
  .refine(
    ({ memoryHighBytes: high, memoryMaxBytes: max }) => high === null || max === null || high < max,
    { path: ["memoryHighBytes"], message: "must be below memoryMaxBytes, or it is never reached" },
  )
  .meta({ id: "LimitsRequest" });

export const resourceLimits = z
  .object({
    memoryMaxBytes: z.int().nullable(),
    memoryHighBytes: z.int().nullable(),
    swapMaxBytes: z.int().nullable(),
    cpuCores: z.number().nullable(),
    cpuWeight: z.int().nullable(),
    pidsMax: z.int().nullable(),
    ioWeight: z.int().nullable(),
  })
  .meta({ id: "ResourceLimits" });

export const appliedLimit = z
  .object({
    what: z.string().meta({ description: "memory, cpu, pids …, nice, or rlimit NAME" }),
    wanted: z
      .union([z.number(), z.string()])
      .meta({ description: "bytes, cores, a count or a weight; lists as text" }),
    how: z.string().meta({
      description:
        "what enforces it: the kernel's file (memory.max, v1 memory.limit_in_bytes), polled, affinity, rlimit, or not applied",
    }),
    why: z.string().nullable(),
  })
  .meta({ id: "AppliedLimit" });

/** What this machine can limit, and how: the same terms as in `AppliedLimit`. */
export const limitAbility = z
  .object({ what: z.string(), how: z.string(), why: z.string().nullable() })
  .meta({ id: "LimitAbility" });
export type LimitAbility = z.infer<typeof limitAbility>;

/** Microseconds that some, or all, of the attempt's processes spent waiting for a resource. */
const stalled = z.object({ someUs: z.int(), fullUs: z.int() }).nullable();
export const pressure = z
  .object({ cpu: stalled, memory: stalled, io: stalled })
  .meta({ id: "Pressure" });
