// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { reasonNames } from "../job/reasons.ts";
import { states } from "../job/states.ts";
import { attemptView, outcomeView } from "./attempt.ts";
import { gpuWait } from "./gpus.ts";
import { publicSpec } from "./job-spec.ts";
import { appliedLimit } from "./limits.ts";
import { pauses } from "./pauses.ts";
import { stopping } from "./stopping.ts";

export const waiting = z.object({ code: z.string(), message: z.string(), hint: z.string() }).meta({
  id: "Waiting",
  description:
    "Why a job does not start, and what to do. Code `engine` in the state `starting`: its engine has accepted it and not started it",
});
export type Waiting = z.infer<typeof waiting>;

export const progress = z
  .object({ done: z.number(), total: z.number(), text: z.string() })
  .meta({ id: "Progress" });
export type Progress = z.infer<typeof progress>;

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
    pauses: pauses.nullable().optional().meta({
      description:
        "of its last attempt; of `GET /jobs/{id}` only. null: nothing was executed, or not known",
    }),
    damaged: damage.optional().meta({ description: "absent: the record is what was written" }),
  })
  .meta({ id: "Job" });
export type Job = z.infer<typeof job>;

export const jobPage = z
  .object({
    jobs: z.array(job),
    nextCursor: z.string().nullable(),
    eventsAfter: z.int().meta({
      description:
        "the page is true for this `seq`: every event with a larger one happened after it was read",
    }),
  })
  .meta({ id: "JobPage" });
export type JobPage = z.infer<typeof jobPage>;
