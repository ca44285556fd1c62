import { z } from "@hono/zod-openapi";
import { leftover } from "./leftovers.ts";
import { orphanClasses } from "./orphan-classes.ts";
import { processFacts, suspect, whichSuspects } from "./orphans.ts";

export const planRequest = z
  .strictObject({
    ...whichSuspects,
    pids: z.array(z.int().min(1)).max(1000).optional().meta({ description: "only these trees" }),
    leftovers: z
      .boolean()
      .default(false)
      .meta({ description: "plan for shared memory, sockets and folders instead of processes" }),
    killAll: z.boolean().optional().meta({
      description: "every process of `family` of this user, suspected or not, with all below it",
    }),
    jobs: z.boolean().optional().meta({
      description: "with `killAll`: also processes of Holdfast's jobs",
    }),
  })
  .meta({ id: "OrphanPlanRequest" });
export type PlanRequest = z.infer<typeof planRequest>;

export const plannedProcess = z
  .object({ ...processFacts, inode: z.int().meta({ description: "of its pidfd; 0: not known" }) })
  .meta({ id: "PlannedProcess" });
export type PlannedProcess = z.infer<typeof plannedProcess>;

export const plannedTree = suspect
  .omit({ processes: true, class: true })
  .extend({
    class: z.enum([...orphanClasses, "not-suspected"]).meta({
      description: "`not-suspected`: only in a plan with `killAll`; the evidence says why",
    }),
    processes: z.array(plannedProcess).min(1),
  })
  .meta({ id: "PlannedTree" });
export type PlannedTree = z.infer<typeof plannedTree>;

export const orphanPlan = z
  .object({
    version: z.literal(1),
    plan: z.int(),
    bootId: z.string(),
    pidNamespace: z
      .number()
      .nullable()
      .optional()
      .meta({ description: "namespace of its pids; missing in plans of older servers" }),
    atMs: z.int(),
    asked: planRequest,
    automatic: z.boolean().meta({ description: "made by a watch, not by a person" }),
    signals: z.array(z.string()),
    trees: z.array(plannedTree),
    leftovers: z.array(leftover).meta({ description: "what would be removed" }),
    left: z
      .array(z.object({ root: z.int(), command: z.string(), why: z.string() }))
      .meta({ description: "suspects that are not in the plan" }),
    frees: z.object({
      processes: z.int(),
      residentBytes: z.int(),
      gpuDevices: z.array(z.string()),
      ports: z.array(z.int()),
    }),
  })
  .meta({ id: "OrphanPlan" });
export type OrphanPlan = z.infer<typeof orphanPlan>;

export const reapRequest = z
  .strictObject({
    dryRun: z.boolean().default(false),
    // The client waits 30 s for an answer.
    graceMs: z.int().min(0).max(15_000).default(10_000),
    family: z.string().max(100).optional().meta({
      description: "the family's name once more, for a plan with `killAll`",
    }),
  })
  .meta({ id: "OrphanReapRequest" });
export type ReapRequest = z.infer<typeof reapRequest>;

export const orphanReceipt = z
  .object({
    version: z.literal(1),
    plan: z.int(),
    automatic: z.boolean().meta({ description: "carried out by a watch" }),
    dryRun: z.boolean(),
    atMs: z.int(),
    tookMs: z.int(),
    processes: z.array(
      z.object({
        pid: z.int(),
        start: z.int(),
        command: z.string(),
        end: z
          .enum(["would signal", "term", "kill", "gone before", "refused", "denied", "lives"])
          .meta({ description: "ended after TERM or KILL, or why nothing was done" }),
        message: z.string(),
      }),
    ),
    left: z
      .array(z.object({ root: z.int(), command: z.string(), why: z.string() }))
      .optional()
      .meta({ description: "of a plan with `killAll`: what of the family was spared, and why" }),
    leftovers: z.array(
      z.object({
        name: z.string(),
        end: z.enum(["would remove", "removed", "gone before", "refused", "denied"]),
        message: z.string(),
      }),
    ),
    freed: z.object({
      gpuDevices: z.array(z.string()),
      gpuMemory: z
        .array(
          z.object({
            index: z.int(),
            uuid: z.string(),
            usedBeforeBytes: z.int().nullable(),
            usedAfterBytes: z.int().nullable(),
          }),
        )
        .meta({ description: "of each GPU that they held, from the driver before and after" }),
      ports: z.array(z.int()),
    }),
  })
  .meta({ id: "OrphanReceipt" });
export type OrphanReceipt = z.infer<typeof orphanReceipt>;
