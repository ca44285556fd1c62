// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { gpuWait } from "./gpus.ts";
import { containerRuntimes } from "../job/container.ts";
import { inherited, inheritedRequest } from "./inherited.ts";
import { reasonNames } from "../job/reasons.ts";
import { retryCauses, usualCauses } from "../job/retries.ts";
import type { JobSpec } from "../job/spec.ts";
import { stopScopes } from "./stop-scopes.ts";
import { states } from "../job/states.ts";
import { appliedLimit, limitsRequest, resourceLimits } from "./limits.ts";

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
const durationMs = z
  .int()
  .min(0)
  .max(10 * 365 * 86_400_000);

/** A signal's name; the number is the kernel's on every Linux architecture that Node runs on. */
export const signalNumbers: Record<string, number> = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  USR1: 10,
  USR2: 12,
  TERM: 15,
};

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
      .default([...usualCauses])
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
export const jobRequest = z
  .strictObject({
    command: z
      .array(word)
      .min(1)
      .refine((c) => c[0] !== "", "the program's name must not be empty"),
    name: word.min(1).max(200).nullable().optional(),
    cwd: word.startsWith("/", "must be an absolute path"),
    env: z
      .record(
        word.min(1).refine((n) => !n.includes("="), "a name has no ="),
        z.union([word, bytes]),
      )
      .default({}),
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
  })
  .meta({ id: "JobRequest" });
export type JobRequest = z.input<typeof jobRequest>;
export type ValidJobRequest = z.output<typeof jobRequest>;

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

export const waiting = z
  .object({ code: z.string(), message: z.string(), hint: z.string() })
  .meta({ id: "Waiting", description: "Why a queued job does not start, and what to do" });
export type Waiting = z.infer<typeof waiting>;

export const obstacle = z
  .object({
    kind: z.enum(["frozen", "traced", "other_user"]),
    message: z.string().meta({ description: "what prevents its end" }),
    remedy: z.string().meta({ description: "what a person can do about it, as a command" }),
  })
  .meta({ id: "Obstacle" });
export type Obstacle = z.infer<typeof obstacle>;

export const survivor = z
  .object({
    pid: z.int(),
    command: z.string(),
    state: z.string().meta({ description: "kernel state: R, S, D, T, Z …" }),
    waitChannel: z.string().nullable(),
    denied: z.boolean().meta({ description: "the kernel refused the signal" }),
    stack: z
      .array(z.string())
      .nullable()
      .meta({ description: "its kernel stack, innermost frame first; only if stuck" }),
    obstacle: obstacle.nullable().meta({
      description:
        "an obstacle that a person can remove, after KILL; null if only the kernel can end it, or if not stuck",
    }),
  })
  .meta({ id: "Survivor" });
export type Survivor = z.infer<typeof survivor>;

/** The progress of a stop. Durations are as of the answer. */
export const stopping = z
  .object({
    phase: z.enum(["asked", "terminating", "killing", "verifying", "recording"]),
    stopAgeMs: z.int().nullable(),
    killInMs: z.int().nullable(),
    total: z.int().nullable().meta({
      description: "processes seen in this stop; null: the keeper has not counted them yet",
    }),
    left: z
      .int()
      .nullable()
      .meta({ description: "those that are still alive; null: not counted yet" }),
    survivors: z.array(survivor),
    stuck: z.boolean().meta({
      description:
        "KILL was sent long ago and the survivors have not ended; their obstacles show what a person can do",
    }),
    container: z
      .object({
        runtime: z.enum(containerRuntimes),
        name: z.string(),
        id: z.string().nullable(),
        words: z.string(),
      })
      .nullable()
      .meta({ description: "the container that is not proven gone yet" }),
    gpus: z.array(gpuWait).meta({
      description: "GPUs whose memory is not yet proven free, although no process is left",
    }),
  })
  .meta({ id: "Stopping" });
export type Stopping = z.infer<typeof stopping>;

export const tier = z.enum(["cgroup", "subreaper", "best effort"]);
export type Tier = z.infer<typeof tier>;

export const progress = z
  .object({ done: z.number(), total: z.number(), text: z.string() })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof progress>;

export const attemptView = z
  .object({
    number: z.int(),
    id: z.string(),
    tier,
    pid: z.int().nullable(),
    keeperPid: z.int().nullable(),
    startedAtMs: z.int().nullable(),
    endedAtMs: z.int().nullable(),
    folder: z.string(),
    gpuUuids: z.array(z.string()),
    damaged: z
      .array(z.string())
      .optional()
      .meta({ description: "fields whose value in the database is not what was written" }),
  })
  .meta({ id: "Attempt" });
export type AttemptView = z.infer<typeof attemptView>;

export const outcomeView = z
  .object({
    code: z.int().nullable(),
    signal: z.int().nullable(),
    reason: z.enum(reasonNames),
    leftovers: z.int(),
  })
  .meta({ id: "Outcome" });

/** An attempt of a job; `state` and `outcome` are its own, and null until it has ended or if it never executed. */
export const attemptSummary = attemptView
  .extend({ state: z.enum(states).nullable(), outcome: outcomeView.nullable() })
  .meta({ id: "AttemptSummary" });
export type AttemptSummary = z.infer<typeof attemptSummary>;

export const attemptList = z
  .object({ attempts: z.array(attemptSummary) })
  .meta({ id: "AttemptList" });

export const damage = z
  .object({
    fields: z
      .array(z.string())
      .meta({ description: "not what was written; their values only show what can still be read" }),
    certain: z
      .array(z.string())
      .meta({ description: "fields that were checked and are what was written" }),
    next: z.string().meta({ description: "what to do next" }),
  })
  .meta({ id: "Damage", description: "Parts of a record that fail their checksum" });
export type Damage = z.infer<typeof damage>;

export const jobHint = z
  .object({
    code: z.enum(["no_output", "stop_scope"]),
    message: z.string().meta({ description: "what was observed, and what to consider changing" }),
  })
  .meta({ id: "JobHint" });
export type JobHint = z.infer<typeof jobHint>;

export const job = z
  .object({
    id: z.int(),
    state: z.enum(states),
    reason: z.enum(reasonNames).nullable(),
    message: z
      .string()
      .nullable()
      .meta({ description: "the reason as text, with what to do next" }),
    spec: publicSpec,
    createdAtMs: z.int(),
    startedAtMs: z.int().nullable(),
    endedAtMs: z.int().nullable(),
    waiting: waiting.nullable(),
    attempt: attemptView.nullable(),
    limits: z.array(appliedLimit).meta({
      description: "each requested limit, and how it is applied; until the launch, as planned",
    }),
    stopping: stopping.nullable(),
    outcome: outcomeView.nullable(),
    progress: progress.nullable(),
    retryOf: z.int().nullable(),
    heldGpus: z.array(gpuWait).meta({
      description: "GPUs of this ended job that a process still holds; they are not assigned again",
    }),
    hints: z.array(jobHint).optional().meta({ description: "of `GET /jobs/{id}` only" }),
    damaged: damage.optional().meta({ description: "absent: the record is what was written" }),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof job>;

export const jobPage = z
  .object({
    jobs: z.array(job),
    nextCursor: z.string().nullable(),
    eventsAfter: z.int().meta({
      description: "every event with a larger `seq` happened after this page was read",
    }),
  })
  .meta({ id: "JobPage" });
export type JobPage = z.infer<typeof jobPage>;

const onlyIn = z.array(z.enum(states)).min(1).optional().meta({
  description: "refuse with `not_allowed_now` if the job is not in one of these states",
});

export const stopRequest = z
  .strictObject({ graceMs: durationMs.optional(), onlyIn })
  .meta({ id: "StopRequest" });

export const killRequest = z.strictObject({ onlyIn }).meta({ id: "KillRequest" });
