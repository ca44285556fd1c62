import type { GpuSnapshot } from "./snapshot.ts";

/**
 * The state of one GPU before an attempt began. The release check compares with it, even after a
 * restart of the server.
 */
export interface GpuBaseline {
  uuid: string;
  index: number;
  model: string;
  takenAtMs: number;
  /** Null: the driver did not report it. */
  usedBytes: number | null;
  /** Processes that already held it. */
  holders: { pid: number; start: number | null; usedBytes: number | null; listed: boolean }[];
  /** Why there are no figures; null if there are. */
  reason: string | null;
}

/**
 * A baseline for each requested GPU. If the snapshot does not have the GPU, the baseline has the
 * reason.
 */
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
        memory.usedBytes === null ? "the driver did not report how much memory was in use" : null,
    };
  });
}

/** Whether the driver itself lists the holder, rather than only a descriptor. */
export function isListed(how: readonly string[]): boolean {
  return how.some((evidence) => evidence !== "descriptor" && evidence !== "maps");
}
