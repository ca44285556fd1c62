import { z } from "@hono/zod-openapi";
import { orphanClasses } from "./orphan-classes.ts";

export type { OrphanClass } from "./orphan-classes.ts";

/**
 * `waiting`: its parent has not been seen to be gone for long enough yet. `young`: it would be a
 * suspect if it were older.
 */
export const confidences = ["proven", "likely", "weak", "waiting", "young"] as const;

const processFacts = {
  pid: z.int(),
  start: z
    .int()
    .meta({ description: "clock ticks since boot; pid, start and boot identify the process" }),
  ppid: z.int(),
  command: z.string(),
  state: z.string().meta({ description: "kernel state: R, S, D, T, Z …" }),
  uid: z.int(),
  ageMs: z.int(),
  cpuPercent: z.number().meta({ description: "of one CPU, over the window" }),
  demandPercent: z.number().optional().meta({
    description: "the same plus the time in which it waited for a CPU; decides whether it is busy",
  }),
  residentBytes: z.int().nullable(),
  cgroup: z.string().nullable(),
  container: z.string().nullable(),
  gpuDevices: z.array(z.string()),
  gpuMemory: z
    .array(z.object({ index: z.int(), uuid: z.string(), bytes: z.int().nullable() }))
    .meta({ description: "its memory on each GPU, from the driver; null: not reported" }),
  ports: z.array(z.int()).meta({ description: "TCP ports that it listens on" }),
  checkpoints: z.array(z.string()).meta({ description: "names of model files that it has open" }),
  sharedMemory: z.array(z.string()).optional().meta({
    description: "files in /dev/shm and System V segments that it has mapped, at most 10",
  }),
};

export const suspectProcess = z.object(processFacts).meta({ id: "SuspectProcess" });
export type SuspectProcess = z.infer<typeof suspectProcess>;

/** A suspect with its descendants. */
export const suspect = z
  .object({
    root: z.int().meta({ description: "pid of the process that is suspected" }),
    class: z.enum(orphanClasses),
    rule: z.string().nullable(),
    jobId: z.int().nullable().meta({ description: "the job of Holdfast that left it, if any" }),
    confidence: z.enum(confidences),
    action: z.enum(["report", "propose"]).meta({
      description: "whether a plan includes it without naming its rule, class or pid",
    }),
    goneMs: z.int().nullable().meta({
      description: "for how long its parent is known to be gone; null: not relevant",
    }),
    evidence: z.array(z.string()),
    processes: z.array(suspectProcess).min(1),
  })
  .meta({ id: "Suspect" });
export type Suspect = z.infer<typeof suspect>;

/** Of a job whose state folder was moved: a server over the new place stops it, a plan never does. */
export const movedAttempt = z
  .object({
    attempt: z.string(),
    jobId: z.int().nullable().meta({ description: "in the folder that was moved" }),
    stateDir: z.string().meta({ description: "where it was" }),
    movedTo: z.string(),
    processes: z.array(suspectProcess).min(1),
  })
  .meta({ id: "MovedAttempt" });
export type MovedAttempt = z.infer<typeof movedAttempt>;

export const orphanScan = z
  .object({
    atMs: z.int(),
    windowMs: z.int(),
    seen: z.int().meta({ description: "processes inspected" }),
    suspects: z.array(suspect),
    young: z.array(suspect).meta({
      description:
        "would be suspects if they were as old as `orphans.min_age` or their rule requires",
    }),
    moved: z.array(movedAttempt).optional().meta({
      description:
        "not suspects: jobs whose state folder was moved while they run; absent in older servers",
    }),
    unread: z.array(z.string()).meta({ description: "what could not be inspected, and why" }),
  })
  .meta({ id: "OrphanScan" });
export type OrphanScan = z.infer<typeof orphanScan>;

export const leftoverKinds = [
  "shared memory",
  "semaphore",
  "folder",
  "socket",
  "System V shared memory",
] as const;

/** Something other than a process that outlived its creator. */
export const leftover = z
  .object({
    kind: z.enum(leftoverKinds),
    name: z.string().meta({ description: "a path, or the id of a System V segment" }),
    bytes: z.int().nullable(),
    uid: z.int(),
    inode: z
      .int()
      .meta({ description: "identifies it together with the path; of a segment its id" }),
    changedAtMs: z.int().meta({ description: "ctime of the inode, which no program can set" }),
    makerPid: z.int().nullable(),
    confidence: z.enum(["proven", "weak", "waiting"]).meta({
      description:
        "proven: its creator has ended and no process has it; weak: its creator is not known; " +
        "waiting: it is younger than `orphans.min_age`",
    }),
    evidence: z.array(z.string()),
  })
  .meta({ id: "Leftover" });
export type Leftover = z.infer<typeof leftover>;

export const leftoverList = z
  .object({
    atMs: z.int(),
    leftovers: z.array(leftover),
    unread: z.array(z.string()).meta({ description: "what could not be inspected, and why" }),
  })
  .meta({ id: "Leftovers" });
export type LeftoverList = z.infer<typeof leftoverList>;

export const leftoverRequest = z
  .strictObject({ allUsers: z.boolean().default(false).meta({ description: "root only" }) })
  .meta({ id: "LeftoverRequest" });

const whichSuspects = {
  allUsers: z.boolean().default(false).meta({ description: "root only" }),
  rule: z.string().min(1).max(100).optional(),
  class: z.enum(orphanClasses).optional(),
  family: z.string().min(1).max(100).optional().meta({
    description: "of rules, such as workers with their resource trackers",
  }),
  now: z.boolean().optional().meta({
    description: "young and waiting candidates count as suspects",
  }),
  minAgeMs: z.int().min(0).optional().meta({
    description: "minimum age; overrides rules and configuration",
  }),
  cpuPercent: z.number().min(0).optional().meta({
    description: "of one CPU, from which a process is busy; overrides rules and configuration",
  }),
};

export const scanRequest = z.strictObject(whichSuspects).meta({ id: "OrphanScanRequest" });
export type ScanRequest = z.infer<typeof scanRequest>;

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
        words: z.string(),
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
        words: z.string(),
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

export const orphanRules = z
  .object({
    rules: z.array(
      z.object({
        name: z.string(),
        family: z.string(),
        about: z.string(),
        from: z.string().meta({ description: "`built in` or a file" }),
        action: z.enum(["report", "propose"]),
        minAgeMs: z.int(),
        cpuPercent: z.number(),
        parentGoneMs: z.int(),
        asksStatus: z.boolean(),
      }),
    ),
    folder: z.string(),
  })
  .meta({ id: "OrphanRules" });
export type OrphanRules = z.infer<typeof orphanRules>;

export const ruleTestRequest = z
  .strictObject({ text: z.string().max(256 * 1024), name: z.string().max(4096) })
  .meta({ id: "OrphanRuleTestRequest" });

/** What a file of rules would match now, suspects or not. */
export const ruleTest = z
  .object({
    rules: z.array(z.string()),
    matches: z.array(
      z.object({
        rule: z.string(),
        pid: z.int(),
        command: z.string(),
        suspected: z.boolean(),
        why: z.string(),
      }),
    ),
  })
  .meta({ id: "OrphanRuleTest" });
export type RuleTest = z.infer<typeof ruleTest>;
