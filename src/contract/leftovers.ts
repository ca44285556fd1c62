import { z } from "@hono/zod-openapi";

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
