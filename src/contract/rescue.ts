import { z } from "zod";
import { obstacle } from "./stopping.ts";

/** What the commands that need no server report, on one line of JSON each. */

const process = z.object({ pid: z.int(), command: z.string() });

export const stoppedAttempt = z.object({
  /** Null: the folder does not record its job. */
  job: z.int().nullable(),
  attempt: z.string(),
  command: z.array(z.string()),
  did: z.enum([
    "stopped by its keeper",
    "stopped without its keeper",
    "kept from starting",
    "nothing lives",
    // Its processes are in a PID namespace, or its control group in a mount or cgroup namespace, that
    // is not visible from here, and no keeper answers.
    "cannot be seen",
    // It belongs to a state folder that is elsewhere now, and to the server there.
    "its state folder was moved",
    "still lives",
    // The command was started inside this job and would end with it: the last one to be stopped.
    "is stopped last",
    "would be stopped",
    "would be kept from starting",
  ]),
  keeper: z.int().nullable(),
  /** Inode number of the PID namespace that its pids belong to, where that is another one. */
  namespace: z.number().nullable(),
  /** Of an attempt whose state folder is gone, or where it was moved to. */
  stateDir: z.string().nullable(),
  /** Processes that were seen. */
  processes: z.array(process),
  /** Processes that are still alive, with what a person can do; null if only the kernel can end it. */
  left: z.array(process.extend({ obstacle: obstacle.nullable() })),
});
export type StoppedAttempt = z.infer<typeof stoppedAttempt>;

export const adoptable = z.object({
  job: z.int().nullable(),
  attempt: z.string(),
  command: z.array(z.string()),
  adopted: z.boolean(),
  why: z.string(),
});
export type Adoptable = z.infer<typeof adoptable>;

export const repaired = z.object({
  /** Where the old database is now; null: it was intact and nothing was done. */
  kept: z.string().nullable(),
  what: z.string(),
  /** Jobs that could be read from the old database. */
  salvaged: z.int(),
  /** Jobs found only in a backup. */
  fromBackup: z.int(),
  /** Jobs found only in their attempt folders. */
  rebuilt: z.int(),
  /** What was lost, as text. */
  lost: z.array(z.string()),
});
export type Repaired = z.infer<typeof repaired>;

/** Something that Holdfast stores on the machine. */
export const trace = z.object({ path: z.string(), what: z.string(), bytes: z.int() });
export type Trace = z.infer<typeof trace>;

export const uninstallation = z.object({
  /** Attempts with live processes: if there are any, nothing is removed. */
  living: z.array(stoppedAttempt),
  /** Jobs that wait in the queue; null: the database cannot be read. */
  waiting: z.int().nullable(),
  traces: z.array(trace),
  removed: z.boolean(),
  /** Files in the state folder that are not Holdfast's. */
  left: z.array(z.string()),
});
export type Uninstallation = z.infer<typeof uninstallation>;

export const rescueAnswers = z.discriminatedUnion("verb", [
  z.object({ verb: z.literal("emergency-stop"), attempts: z.array(stoppedAttempt) }),
  z.object({ verb: z.literal("adoptable"), attempts: z.array(adoptable) }),
  z.object({ verb: z.literal("repair"), repaired }),
  z.object({
    verb: z.literal("namespace-ended"),
    declared: z.object({ namespace: z.int(), jobs: z.array(z.int()) }),
  }),
  z.object({
    verb: z.literal("import"),
    imported: z.object({ added: z.int(), known: z.int() }),
  }),
  /** The configuration is valid: refused otherwise, as with every verb. */
  z.object({ verb: z.literal("check-config") }),
  z.object({ verb: z.literal("uninstall"), uninstalled: uninstallation }),
]);
export type RescueAnswer = z.infer<typeof rescueAnswers>;
