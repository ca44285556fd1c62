// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { containerRuntimes } from "../job/container.ts";
import { defaultEngine } from "../job/spec.ts";
import { retryCauses, defaultCauses } from "../job/retries.ts";
import { durationMs } from "./duration-ms.ts";
import { inheritedRequest } from "./inherited.ts";
import { limitsRequest } from "./limits.ts";
import { stopScopes } from "./stop-scopes.ts";

const noNul = (text: string) => !text.includes("\0");
/** Half of a surrogate pair cannot be encoded in UTF-8: the job would get another character. */
const wellFormed = (text: string) => text.isWellFormed();
const word = z
  .string()
  .refine(noNul, "must not contain a NUL byte")
  .refine(wellFormed, "has half of a surrogate pair, which is not a character");
/** A value that is not UTF-8, which JSON cannot represent as text. */
const bytes = z
  .strictObject({
    base64: z
      .base64()
      .refine((text) => !Buffer.from(text, "base64").includes(0), "must not contain a NUL byte"),
  })
  .meta({ id: "Bytes", description: "Bytes that are not UTF-8" });

const engineName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, "use lower-case letters, digits and -");

const containerRequest = z
  .strictObject({
    runtime: z.enum(containerRuntimes),
    image: word
      .min(1)
      .max(4096)
      .refine((image) => !image.startsWith("-"), "an image does not begin with -"),
    args: z.array(word.min(1)).max(256).default([]),
    binds: z
      .array(
        word.regex(
          /^\/[^:]*(:\/[^:]*(:(ro|rw))?)?$/,
          "use /HOST, /HOST:/INSIDE or /HOST:/INSIDE:ro",
        ),
      )
      .max(64)
      .default([]),
    env: z
      .array(word.min(1).refine((name) => !name.includes("="), "a name has no ="))
      .max(1024)
      .default([])
      .meta({ description: "names of the variables of `env` that podman and docker pass on" }),
  })
  .meta({ id: "ContainerRequest" });

const retriesRequest = z
  .strictObject({
    max: z.int().min(0).max(1000).default(0).meta({ description: "0: none" }),
    on: z
      .array(z.enum(retryCauses))
      .min(1)
      .default([...defaultCauses])
      .meta({ description: "causes after which another attempt is made" }),
    delayMs: z
      .int()
      .min(0)
      .max(86_400_000)
      .default(10_000)
      .meta({ description: "before the first retry; doubled for each further retry, up to 1 h" }),
  })
  .meta({ id: "RetriesRequest" });

/** `POST /jobs`: the request of a user; the configuration has the defaults. */
const environment = z
  .record(
    word.min(1).refine((n) => !n.includes("="), "a name has no ="),
    z.union([word, bytes]),
  )
  .default({});

export const jobRequest = z
  .strictObject({
    command: z
      .array(word)
      .min(1)
      .refine((c) => c[0] !== "", "the program's name must not be empty"),
    name: word.min(1).max(200).nullable().optional(),
    cwd: word.startsWith("/", "must be an absolute path"),
    env: environment,
    tags: z.array(word.min(1).max(100)).max(32).default([]),
    limitMs: durationMs.nullable().optional(),
    graceMs: durationMs.optional(),
    leaseMs: durationMs.min(1000).nullable().optional(),
    leftovers: z.enum(["stop", "wait"]).default("stop"),
    escaped: z.enum(["report", "stop"]).default("report"),
    stopSignal: z.enum(["HUP", "INT", "QUIT", "USR1", "USR2", "TERM"]).default("TERM"),
    stopScope: z.enum(stopScopes).optional(),
    output: z.enum(["joined", "split"]).default("joined"),
    outputQuotaBytes: z.int().min(65_536).nullable().optional(),
    gpus: z.int().min(0).max(1024).default(0),
    priority: z.int().min(-1000).max(1000).default(0),
    held: z.boolean().default(false),
    container: containerRequest.nullable().default(null),
    limits: limitsRequest.prefault({}),
    strictLimits: z
      .boolean()
      .default(false)
      .meta({ description: "refuse the job when a limit cannot be applied at all" }),
    cpus: z
      .string()
      .regex(/^\d+(-\d+)?(,\d+(-\d+)?)*$/, "use a list such as 0-3,8")
      .nullable()
      .default(null),
    nice: z.int().min(-20).max(19).nullable().default(null),
    rlimits: z
      .partialRecord(
        z.enum(["nofile", "nproc", "core", "memlock", "stack", "as", "fsize", "cpu"]),
        z
          .string()
          .regex(/^(\d+|unlimited):(\d+|unlimited)$/, "use SOFT:HARD, in numbers or unlimited"),
      )
      .default({}),
    inherited: inheritedRequest.prefault({}),
    retries: retriesRequest.prefault({}),
    engine: engineName
      .default(defaultEngine)
      .meta({ description: "where its attempts run: `local` is this machine" }),
  })
  .meta({ id: "JobRequest" });
export type JobRequest = z.input<typeof jobRequest>;
export type ValidJobRequest = z.output<typeof jobRequest>;

export const retryRequest = z.strictObject({ env: environment }).meta({
  id: "RetryRequest",
  description: "Values of variables, for those that were removed when the job ended",
});
