// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { containerRuntimes } from "../job/container.ts";
import { retryCauses } from "../job/retries.ts";
import type { JobSpec } from "../job/spec.ts";
import { inherited } from "./inherited.ts";
import { resourceLimits } from "./limits.ts";
import { stopScopes } from "./stop-scopes.ts";

/** The public form of the specification: names of environment variables, never their values. */
export const publicSpec = z
  .object({
    command: z.array(z.string()),
    name: z.string().nullable(),
    cwd: z.string(),
    envNames: z.array(z.string()),
    tags: z.array(z.string()),
    limitMs: z.int().nullable(),
    graceMs: z.int(),
    leaseMs: z.int().nullable(),
    leftovers: z.enum(["stop", "wait"]),
    escaped: z.enum(["report", "stop"]),
    stopSignal: z.string(),
    stopScope: z.enum(stopScopes),
    output: z.enum(["joined", "split"]),
    outputQuotaBytes: z.int().nullable(),
    gpus: z.int(),
    priority: z.int(),
    held: z.boolean(),
    container: z
      .object({
        runtime: z.enum(containerRuntimes),
        image: z.string(),
        args: z.array(z.string()),
        binds: z.array(z.string()),
        env: z.array(z.string()),
      })
      .nullable(),
    limits: resourceLimits,
    strictLimits: z.boolean(),
    cpus: z.string().nullable(),
    nice: z.int().nullable(),
    rlimits: z.record(z.string(), z.string()),
    inherited: inherited.optional(),
    retries: z
      .object({ max: z.int(), on: z.array(z.enum(retryCauses)), delayMs: z.int() })
      .meta({ id: "Retries" }),
    engine: z
      .string()
      .optional()
      .meta({ description: "where its attempts run; absent: on this machine" }),
    adopt: z
      .object({
        pid: z.int(),
        start: z.int(),
        inode: z.int(),
        bootId: z.string(),
        pidNamespace: z.number().nullable().optional(),
      })
      .optional()
      .meta({ id: "Adoption", description: "the foreign process that it supervises" }),
  })
  .meta({ id: "JobSpec" });
type PublicSpecShape = z.infer<typeof publicSpec>;
/** Compile-time proof that the public form is the specification without the values of `env`. */
export type PublicSpec = Omit<JobSpec, "env"> & { envNames: string[] } extends PublicSpecShape
  ? PublicSpecShape
  : never;
