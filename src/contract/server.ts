import { z } from "@hono/zod-openapi";
import { abandoned } from "./abandoned.ts";
import { limitAbility } from "./limits.ts";

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    hint: z.string(),
    details: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .meta({ description: "parameters of the hint" }),
  })
  .meta({ id: "Problem", description: "RFC 9457 problem+json" });
export type ProblemDocument = z.infer<typeof problem>;

export const health = z
  .object({
    status: z.enum(["ok", "recovering", "shutting_down"]),
    pid: z.int(),
    pidNamespace: z
      .number()
      .nullable()
      .meta({ description: "inode number of the PID namespace that `pid` belongs to" }),
    version: z.string(),
    startedAtMs: z.int(),
    stateDir: z.string(),
    runtimeDir: z.string(),
    logFile: z.string(),
    tier: z.string().meta({ description: "containment of new attempts" }),
    tierWhy: z.string(),
    limits: z
      .array(limitAbility)
      .meta({ description: "how each limit would be applied to a new job" }),
    gpus: z.int(),
    jobs: z
      .record(z.string(), z.int())
      .meta({ description: "how many jobs are in each state that is not terminal" }),
    recovery: z.object({ total: z.int(), done: z.int() }),
    stateFolder: z.enum(["in place", "removed", "replaced"]).optional().meta({
      description: "whether `stateDir` is still in place; absent in older servers",
    }),
    abandoned: z.array(abandoned),
    abandonedSearched: z.boolean().optional().meta({
      description:
        "false: `abandoned` may be incomplete, because the search of a server that has just started is not finished; absent in older servers",
    }),
    warnings: z.array(z.string()),
  })
  .meta({ id: "Health" });
export type Health = z.infer<typeof health>;

export const version = z
  .object({ version: z.string(), api: z.literal("v1"), keeperProtocol: z.int(), node: z.string() })
  .meta({ id: "Version" });
