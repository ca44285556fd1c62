import type { Allocation } from "../../job/allocation.ts";
import type { Offers } from "../../scheduler/decide.ts";

export interface MachineState {
  maxRunning: number;
  /** All that jobs may be given. */
  gpuUuids: readonly string[];
  /** Held by attempts. */
  inUse: readonly Omit<Allocation, "attempt">[];
  /** GPUs that processes of ended attempts still use. */
  withheld: ReadonlySet<string>;
}

/** What the machine has for jobs now, and which GPUs those are. Pure. */
export function offersOf({ maxRunning, gpuUuids, inUse, withheld }: MachineState): {
  offers: Offers;
  freeGpuUuids: string[];
} {
  const slots = inUse.reduce((total, { resources }) => total + resources.slots, 0);
  const busy = new Set(inUse.flatMap(({ resources }) => resources.gpuUuids));
  const unknownHolders = inUse.filter((one) => one.damaged === "unknown").map(({ job }) => job);
  const notBusy = gpuUuids.filter((uuid) => !busy.has(uuid));
  const usable = notBusy.filter((uuid) => !withheld.has(uuid));
  const freeGpuUuids = unknownHolders.length === 0 ? usable : [];
  const offers = {
    slot: { total: maxRunning, free: Math.max(0, maxRunning - slots), withheld: 0 },
    gpu: {
      total: gpuUuids.length,
      free: freeGpuUuids.length,
      withheld: notBusy.length - usable.length,
      unknownHolders,
    },
  };
  return { offers, freeGpuUuids };
}
