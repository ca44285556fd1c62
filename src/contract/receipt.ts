import { z } from "@hono/zod-openapi";
import { containerRuntimes } from "../job/container.ts";
import { reasonNames } from "../job/reasons.ts";
import { states } from "../job/states.ts";
import { gpuReceipt } from "./gpus.ts";
import { outcomeView, tier } from "./attempt.ts";
import { appliedLimit, pressure } from "./limits.ts";
import { pauses } from "./pauses.ts";

export const seenProcess = z
  .object({
    pid: z.int(),
    command: z.string(),
    how: z.enum(["self", "term", "kill", "unknown"]).meta({
      description:
        "without a signal, after the first signal, after KILL; unknown: it was last seen alive before a signal and first seen gone after it",
    }),
    code: z.int().nullable(),
    signal: z.int().nullable(),
    statusUnknown: z
      .string()
      .nullable()
      .optional()
      .meta({ description: "why neither code nor signal is known" }),
    aliveAtMs: z.int().nullable().optional().meta({ description: "last seen alive" }),
    atMs: z.int().nullable().meta({ description: "first seen gone" }),
    stuck: z
      .object({
        outlivedKillMs: z
          .int()
          .meta({ description: "from KILL to the last time it was seen alive" }),
        state: z.string(),
        waitChannel: z.string().nullable(),
        frozenGroup: z.string().nullable(),
      })
      .nullable()
      .optional()
      .meta({ description: "where in the kernel it was last seen to hang, if it outlived KILL" }),
  })
  .meta({ id: "SeenProcess" });

export const escapee = z
  .object({
    pid: z.int(),
    ppid: z.int(),
    command: z.string(),
    owner: z.string().meta({ description: "its cgroup, or the unit or container of that cgroup" }),
    end: z.enum(["left", "denied", "term", "kill"]).meta({
      description:
        "left running, signal refused by the kernel, or stopped by the first signal or KILL",
    }),
    hint: z.string().nullable().meta({ description: "what would stop it" }),
  })
  .meta({
    id: "Escapee",
    description:
      "A process that carried the attempt's cookie after the attempt had ended. Not part of the proof",
  });

export const containerReceipt = z
  .object({
    runtime: z.enum(containerRuntimes),
    image: z.string(),
    name: z.string(),
    id: z.string().nullable(),
    gone: z.string().meta({ description: "what proved that nothing of it is left" }),
    stopped: z.boolean().meta({ description: "it outlived its client and had to be removed" }),
  })
  .meta({ id: "ContainerReceipt" });

export const sharedMemoryFile = z
  .object({
    path: z.string(),
    bytes: z.int(),
    removed: z.boolean(),
    why: z.string(),
  })
  .meta({ id: "SharedMemoryFile" });

const requestingClient = z
  .object({
    uid: z.int(),
    pid: z.int().nullable().meta({ description: "null: in a PID namespace that is not visible" }),
    command: z.string().nullable().meta({ description: "null: it had already ended" }),
    parent: z
      .object({ pid: z.int(), command: z.string() })
      .nullable()
      .meta({ description: "the process that had started it" }),
    says: z
      .string()
      .nullable()
      .meta({ description: "its own description of itself; not evidence" }),
  })
  .meta({
    id: "RequestingClient",
    description: "uid and pid as the kernel reports them for the connection, the rest from /proc",
  });

export const receivedStop = z
  .object({
    number: z.int().meta({ description: "of the attempt's requests, from 1; 0: nothing ran" }),
    reason: z.enum(reasonNames),
    graceMs: z.int(),
    prolong: z.boolean(),
    atMs: z.int(),
    client: requestingClient.nullable().meta({ description: "null: not known" }),
    refused: z.string().optional().meta({ description: "why its keeper did not prolong the stop" }),
    damaged: z.array(z.string()).optional().meta({
      description: "fields that are not what was recorded; absent: none",
    }),
  })
  .meta({ id: "ReceivedStop", description: "A request to stop, in the order of their arrival" });

/** The record of an ended attempt, for people to check. `unproven` lists what could not be proven, and why. */
export const receipt = z
  .object({
    jobId: z.int(),
    attempt: z.string().nullable(),
    attemptNumber: z.int().nullable(),
    state: z.enum(states),
    outcome: outcomeView,
    tier: tier.nullable(),
    proof: z.object({
      kind: z.enum(["never started", "keeper", "sweep", "reboot", "namespace", "declared"]),
      message: z.string(),
      echild: z.boolean().nullable(),
      populated: z.int().nullable(),
    }),
    unproven: z.array(z.object({ what: z.string(), why: z.string() })),
    stopRequests: z
      .array(receivedStop)
      .optional()
      .meta({ description: "missing in receipts of versions that did not keep them" }),
    rebuilt: z.object({ from: z.string(), why: z.string() }).optional().meta({
      description: "not the receipt that was written when the attempt ended; absent: it is",
    }),
    stopHint: z.string().nullable().optional().meta({
      description: "what to change if the first signal seems to have reached the wrong processes",
    }),
    phases: z.array(z.object({ name: z.string(), atMs: z.int() })),
    processes: z.array(seenProcess),
    processesOmitted: z.int(),
    processesMayLack: z
      .array(z.string())
      .optional()
      .meta({ description: "which processes may be missing in the list, and why" }),
    ended: z.object({
      self: z.int(),
      term: z.int(),
      kill: z.int(),
      unknown: z.int().optional(),
    }),
    escaped: z
      .array(escapee)
      .nullable()
      .meta({ description: "null: the machine was not, or could not be, searched" }),
    escapedOmitted: z.int(),
    container: containerReceipt.nullable(),
    gpus: z
      .array(gpuReceipt)
      .nullable()
      .meta({ description: "null: none were assigned, or an older version ended it" }),
    sharedMemory: z.array(sharedMemoryFile).nullable().meta({
      description: "files in /dev/shm that are proven to belong to the job; null: not known",
    }),
    cpuUserUs: z.int().nullable(),
    cpuSystemUs: z.int().nullable(),
    maxRssBytes: z.int().nullable().meta({
      description:
        "largest resident size of one of its processes (getrusage), pages that it shares with other programs included; null: not known, or no larger than a keeper",
    }),
    memoryPeakBytes: z.int().nullable().meta({
      description:
        "peak memory charged to its cgroup; pages that other processes loaded before are not charged",
    }),
    oomKills: z.int().nullable().meta({
      description: "kills for memory that the kernel counted in its cgroup",
    }),
    oomVictims: z.array(z.object({ pid: z.int(), command: z.string() })).meta({
      description:
        "processes that the kernel killed for memory, according to its log; can be fewer than were counted, or none",
    }),
    pidsPeak: z.int().nullable(),
    cpuThrottledUs: z
      .int()
      .nullable()
      .meta({ description: "time in which its CPU limit kept it from running" }),
    cpuThrottledPeriods: z.int().nullable(),
    pressure: pressure.nullable(),
    limits: z.array(appliedLimit),
    output: z.object({
      stdoutBytes: z.int().nullable(),
      stderrBytes: z.int().nullable(),
      punchedBytes: z.int().nullable(),
    }),
    diskFull: z
      .array(z.object({ seenBy: z.enum(["keeper", "server"]), firstMs: z.int(), lastMs: z.int() }))
      .optional()
      .meta({
        description:
          "when the disk with the state folder was seen to be full: first and last time. Output and records of that time may be cut, missing or late",
      }),
    pauses: pauses.nullable().optional().meta({
      description:
        "null: not known, its keeper was lost; missing in receipts of versions that did not keep them",
    }),
    unapplied: z.array(z.object({ what: z.string(), errno: z.string() })),
  })
  .meta({ id: "Receipt" });
export type Receipt = z.infer<typeof receipt>;
