import { z } from "@hono/zod-openapi";

const cpuList = z.string().regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, "use a list such as 0-3,8");
const rlimit = z
  .string()
  .regex(/^(\d+|unlimited):(\d+|unlimited)$/, "use SOFT:HARD, in numbers or unlimited");
export const rlimitNames = [
  "nofile",
  "nproc",
  "core",
  "memlock",
  "stack",
  "as",
  "fsize",
  "cpu",
  "data",
  "rss",
  "msgqueue",
  "sigpending",
  "nice",
  "rtprio",
  "rttime",
] as const;

/** Attributes of the submitter's own process. Options of the job (`nice`, `cpus`, `rlimits`) override them. */
export const inheritedRequest = z
  .strictObject({
    umask: z
      .string()
      .regex(/^0[0-7]{3}$/, "use four octal digits such as 0022")
      .default("0022"),
    nice: z.int().min(-20).max(19).nullable().default(null),
    oomScoreAdj: z
      .int()
      .min(-1000)
      .max(1000)
      .nullable()
      .default(null)
      .meta({ description: "null: 500" }),
    cpus: cpuList.nullable().default(null),
    ignoredSignals: z
      .array(z.int().min(1).max(64))
      .max(64)
      .default([])
      .meta({ description: "numbers of the signals that the job ignores from its start" }),
    rlimits: z.partialRecord(z.enum(rlimitNames), rlimit).default({}),
  })
  .meta({
    id: "InheritedRequest",
    description:
      "What the job inherits from its submitter, as if that had started it. Null: what the server has",
  });

export const inherited = z
  .object({
    umask: z.string(),
    nice: z.int().nullable(),
    oomScoreAdj: z.int().nullable(),
    cpus: z.string().nullable(),
    ignoredSignals: z.array(z.int()),
    rlimits: z.record(z.string(), z.string()),
  })
  .meta({ id: "Inherited", description: "What the job inherited from its submitter" });
