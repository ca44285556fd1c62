import { z } from "@hono/zod-openapi";

/** `POST /jobs/adopt`: the options of an adoption. */
export const adoptRequest = z
  .strictObject({
    pid: z.int().min(1),
    name: z
      .string()
      .min(1)
      .max(200)
      .refine((text) => !text.includes("\0"), "must not contain a NUL byte")
      .optional(),
    limitMs: z.int().min(0).optional().meta({ description: "from now on; 0: none" }),
    graceMs: z.int().min(0).optional(),
    memoryMaxBytes: z
      .int()
      .min(1)
      .optional()
      .meta({ description: "sampled once a second; above it the tree is stopped" }),
    leftovers: z
      .enum(["stop", "wait"])
      .default("wait")
      .meta({ description: "what is done with processes that outlive the adopted process" }),
    allUsers: z.boolean().default(false).meta({ description: "another user's process; root only" }),
  })
  .meta({ id: "AdoptRequest" });
export type AdoptRequest = z.infer<typeof adoptRequest>;
