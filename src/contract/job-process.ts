import { z } from "@hono/zod-openapi";

/** Evidence that a process belongs to an attempt, strongest first. */
export const ties = ["cgroup", "payload", "descendant", "session", "cookie", "adopted"] as const;
export type Tie = (typeof ties)[number];

export const jobProcess = z
  .object({
    pid: z.int(),
    ppid: z.int(),
    command: z.string(),
    state: z.string().meta({ description: "kernel state: R, S, D, T, Z …" }),
    waitChannel: z.string().nullable(),
    threads: z.int(),
    cpuMs: z.int().meta({ description: "user and system time so far" }),
    residentBytes: z.int().nullable(),
    ageMs: z.int(),
    ties: z.array(z.enum(ties)),
  })
  .meta({ id: "JobProcess" });
export type JobProcess = z.infer<typeof jobProcess>;

export const jobProcesses = z
  .object({ jobId: z.int(), processes: z.array(jobProcess) })
  .meta({ id: "JobProcesses" });
export type JobProcesses = z.infer<typeof jobProcesses>;
