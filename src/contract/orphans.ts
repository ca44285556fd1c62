import { z } from "@hono/zod-openapi";
import { orphanClasses } from "./orphan-classes.ts";

export type { OrphanClass } from "./orphan-classes.ts";

/**
 * `waiting`: its parent has not been seen to be gone for long enough yet. `young`: it would be a
 * suspect if it were older.
 */
export const confidences = ["proven", "likely", "weak", "waiting", "young"] as const;

export const processFacts = {
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

/** Which suspects a request is about. */
export const whichSuspects = {
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
