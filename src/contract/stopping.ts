// Not from "zod": this import adds the method that gives each schema its name in the API document.
import { z } from "@hono/zod-openapi";
import { containerRuntimes } from "../job/container.ts";
import { gpuWait } from "./gpus.ts";

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
        message: z.string(),
      })
      .nullable()
      .meta({ description: "the container that is not proven gone yet" }),
    gpus: z.array(gpuWait).meta({
      description: "GPUs whose memory is not yet proven free, although no process is left",
    }),
  })
  .meta({ id: "Stopping" });
export type Stopping = z.infer<typeof stopping>;
