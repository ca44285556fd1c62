import type { Receipt } from "../contract/receipt.ts";
import { ownCpus } from "../processes/own-cpus.ts";
import type { Payload, Played } from "./play.ts";

const MiB = 2 ** 20;

/** A job that runs into one limit, safe to run anywhere: without the limit it ends on its own. */
export interface Trial extends Payload {
  /** Why it cannot show anything on this machine; null: it can. */
  pointless?: () => string | null;
  /** Why it shows nothing although it ran; null: it does. */
  inconclusive?: (played: Played) => string | null;
  /** What it did that the limit should have prevented; null: nothing. */
  objection: (played: Played) => string | null;
}

const begin = 'exec 9>"$0"; echo ready >&9';
const cores = 0.2;
const pidsMax = 16;

/** By the limit's name. Limits without a trial have an effect only if other processes compete. */
export const limitTrials: Readonly<Record<string, Trial>> = {
  memory: {
    name: "memory",
    what: "a shell that reads 128 MiB into itself, with 32 MiB allowed",
    // It keeps its memory for a while: if memory is polled, it is not sampled in between.
    script: `${begin}; x=$(head -c ${128 * MiB} /dev/zero | tr '\\0' x); sleep 5`,
    cancel: null,
    request: { limits: { memoryMaxBytes: 32 * MiB, swapMaxBytes: 0 } },
    objection: ({ job }) =>
      job.outcome?.reason === "out_of_memory" || job.outcome?.reason === "memory"
        ? null
        : `it took 128 MiB and was ${job.state}`,
  },
  cpu: {
    name: "cpu",
    what: `a shell that burns CPU for a second, with ${cores} of a core allowed`,
    script: `${begin}; while :; do :; done`,
    cancel: null,
    request: { limits: { cpuCores: cores }, limitMs: 1000, graceMs: 0 },
    inconclusive({ receipt, tookMs }) {
      const usedMs = cpuMs(receipt);
      return receipt.cpuThrottledPeriods === 0 && usedMs < cores * tookMs
        ? `the machine is busy: it got ${Math.round(usedMs)} ms of CPU in ${Math.round(tookMs)} ms, less than the limit`
        : null;
    },
    objection({ receipt, tookMs }) {
      const usedMs = cpuMs(receipt);
      if (receipt.cpuThrottledPeriods === 0) return "it was never throttled";
      return usedMs <= 2 * cores * tookMs ? null : `it used ${usedMs} ms of ${tookMs} ms`;
    },
  },
  pids: {
    name: "pids",
    what: `a shell that starts forty processes, with ${pidsMax} allowed`,
    script: `${begin}; i=0; while [ $i -lt 40 ]; do sleep 5 & i=$((i+1)); done`,
    cancel: null,
    request: { limits: { pidsMax }, limitMs: 3000, graceMs: 0 },
    objection: ({ job, receipt }) =>
      job.state === "succeeded"
        ? "it started all of them"
        : receipt.pidsPeak !== null && receipt.pidsPeak > pidsMax
          ? `${receipt.pidsPeak} ran at the same time`
          : null,
  },
  cpus: {
    name: "cpus",
    what: "a shell that counts its CPUs, with one allowed",
    script: `${begin}; test "$(nproc)" = 1`,
    cancel: null,
    request: { cpus: firstOf(ownCpus()) },
    pointless: () => (/^\d*$/.test(ownCpus()) ? "there is only one CPU" : null),
    objection: ({ job }) => (job.state === "succeeded" ? null : "it had more than one CPU"),
  },
};

function cpuMs({ cpuUserUs, cpuSystemUs }: Receipt): number {
  return ((cpuUserUs ?? 0) + (cpuSystemUs ?? 0)) / 1000;
}

/** A message that says why an applied limit is not tried; null: it is tried. */
export function notTried(what: string): string | null {
  const trial = limitTrials[what];
  if (trial !== undefined) return trial.pointless?.() ?? null;
  return what.endsWith("_weight")
    ? "shows only when others compete for the same"
    : "shows only when memory runs short";
}

/** `0-3,8` → `0` */
function firstOf(list: string): string {
  return /^\d+/.exec(list)?.[0] ?? "0";
}
