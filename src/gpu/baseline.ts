import type { GpuSnapshot } from "./snapshot.ts";

/** One GPU before an attempt began: what the release check compares with, also after a restart of the server. */
export interface GpuBaseline {
  uuid: string;
  index: number;
  model: string;
  takenAtMs: number;
  /** Null: the driver would not say. */
  usedBytes: number | null;
  /** Who held it already. */
  holders: { pid: number; start: number | null; usedBytes: number | null; listed: boolean }[];
  /** Why there are no figures; null where there are. */
  reason: string | null;
}

/** A baseline for each wanted GPU; one that the snapshot does not have says why. */
export function baselineOf(snapshot: GpuSnapshot, uuids: readonly string[]): GpuBaseline[] {
  return uuids.map((uuid): GpuBaseline => {
    const device = snapshot.devices.find((one) => one.uuid === uuid);
    const { takenAtMs, probe } = snapshot;
    if (device === undefined) {
      const reason = probe.reason ?? "the driver did not list this GPU";
      return { uuid, index: -1, model: "unknown", takenAtMs, usedBytes: null, holders: [], reason };
    }
    const { index, model, memory, holders } = device;
    return {
      uuid,
      index,
      model,
      takenAtMs,
      usedBytes: memory.usedBytes,
      holders: holders.map(({ pid, start, usedBytes, how }) => ({
        pid,
        start,
        usedBytes,
        listed: isListed(how),
      })),
      reason:
        memory.usedBytes === null ? "the driver did not say how much memory was in use" : null,
    };
  });
}

/** Whether the driver itself counts it, not only a descriptor. */
export function isListed(how: readonly string[]): boolean {
  return how.some((evidence) => evidence !== "descriptor" && evidence !== "maps");
}
