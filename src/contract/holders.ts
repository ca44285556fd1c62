import { z } from "@hono/zod-openapi";

export const holder = z
  .object({
    pid: z.int(),
    uid: z.int(),
    command: z.string(),
    ageMs: z.int(),
    by: z.array(z.string()).meta({ description: "descriptor, mapping, listener, itself" }),
    jobId: z.int().nullable(),
    jobLives: z.boolean(),
    owner: z.string().meta({ description: "the job, unit, container or tree that it belongs to" }),
    parents: z.array(z.object({ pid: z.int(), command: z.string() })),
    hint: z.string().meta({ description: "what would free it" }),
  })
  .meta({ id: "Holder" });
export type Holder = z.infer<typeof holder>;

export const holders = z
  .object({
    target: z.string(),
    paths: z.array(z.string()),
    holders: z.array(holder),
    unread: z.array(z.string()),
  })
  .meta({ id: "Holders" });
export type Holders = z.infer<typeof holders>;
