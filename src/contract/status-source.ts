import { z } from "@hono/zod-openapi";

/** A source of the status of another system's jobs, and how it answers now. */
export const statusSource = z
  .object({
    name: z.string(),
    kind: z.enum(["sqlite", "postgres", "command"]),
    place: z.string().meta({ description: "without passwords" }),
    from: z.string().meta({ description: "the file that defines it" }),
    works: z
      .boolean()
      .nullable()
      .meta({ description: "null: a command, and no process names a job to ask for" }),
    problem: z.string().nullable(),
    jobs: z
      .object({ named: z.int(), running: z.int(), ended: z.int(), unknown: z.int() })
      .meta({ description: "jobs that processes name now, by the status from the source" }),
  })
  .meta({ id: "OrphanStatusSource" });
export type StatusSource = z.infer<typeof statusSource>;

export const statusSources = z
  .object({ sources: z.array(statusSource) })
  .meta({ id: "OrphanStatusSources" });
export type StatusSources = z.infer<typeof statusSources>;
