import { counted } from "../contract/counted.ts";
import type { HolderScan, Opener } from "./holders/scan.ts";
import { kindOfDeviceFile } from "./holders/device-file.ts";
import type { ReadDevice } from "./reading.ts";
import type { GpuDevice, GpuHolder, HolderEvidence, HolderSight } from "./snapshot.ts";

/**
 * Combines the drivers' lists with open descriptors into all holders of each GPU. Pure. `scan`
 * null: the search was not possible; `why` has the reason.
 */
export function compose(
  read: readonly ReadDevice[],
  scan: HolderScan | null,
  why: string | null,
): { devices: GpuDevice[]; unplacedHolders: GpuHolder[]; holderSight: HolderSight } {
  const devices = read.map(({ listed, ...device }): GpuDevice => {
    const holders = new Map<number, GpuHolder>();
    for (const { pid, usedBytes, how } of listed) note(holders, scan, pid, how, usedBytes);
    for (const opener of scan?.openers ?? []) {
      if (!opener.files.some((file) => device.deviceFiles.includes(file))) continue;
      for (const how of opener.how) note(holders, scan, opener.pid, how, null);
      const bytes = accounted(opener, device.pciAddress);
      if (bytes !== null) note(holders, scan, opener.pid, "fdinfo", bytes);
    }
    return { ...device, holders: [...holders.values()].toSorted((a, b) => a.pid - b.pid) };
  });
  const placed = new Set(devices.flatMap(({ holders }) => holders.map(({ pid }) => pid)));
  const unplaced = new Map<number, GpuHolder>();
  for (const opener of scan?.openers ?? []) {
    if (placed.has(opener.pid) || opener.files.some((file) => kindOfDeviceFile(file) === "one"))
      continue;
    for (const how of opener.how) note(unplaced, scan, opener.pid, how, null);
  }
  return { devices, unplacedHolders: [...unplaced.values()], holderSight: sightOf(scan, why) };
}

function note(
  holders: Map<number, GpuHolder>,
  scan: HolderScan | null,
  pid: number,
  how: HolderEvidence,
  usedBytes: number | null,
): void {
  const known = holders.get(pid) ?? holderOf(scan, pid);
  if (!known.how.includes(how)) known.how.push(how);
  known.mps ||= how === "nvml-mps";
  // Several lists of one driver report the same memory.
  if (usedBytes !== null) known.usedBytes = Math.max(known.usedBytes ?? 0, usedBytes);
  holders.set(pid, known);
}

function holderOf(scan: HolderScan | null, pid: number): GpuHolder {
  // Inside a PID namespace the driver's pids may be those of the machine, so a process is not
  // identified by its pid alone.
  const isNamed = scan?.initialPidNamespace === true;
  const seen =
    scan?.openers.find((one) => one.pid === pid) ??
    (isNamed ? scan.asked.find((one) => one.pid === pid) : undefined);
  const base = { pid, usedBytes: null, how: [] };
  if (seen !== undefined) {
    // The MPS server holds memory for its clients, and about 27 MB of its own.
    const mps = seen.process.comm.startsWith("nvidia-cuda-mps");
    return { ...base, start: seen.start, alive: true, mps, process: seen.process };
  }
  // A process that does not exist here may be outside.
  const alive = isNamed ? false : null;
  return { ...base, start: null, alive, mps: false, process: null };
}

/** A client may have several descriptors; it counts once. */
function accounted({ drm }: Opener, pciAddress: string | null): number | null {
  const clients = new Map<string, number>();
  for (const client of drm)
    if (client.vramBytes !== null && client.pciAddress === pciAddress)
      clients.set(client.clientId, client.vramBytes);
  return clients.size === 0 ? null : [...clients.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function sightOf(scan: HolderScan | null, why: string | null): HolderSight {
  if (scan === null)
    return {
      searched: false,
      initialPidNamespace: null,
      unreadable: 0,
      complete: false,
      reason: why,
    };
  const { initialPidNamespace, unreadable } = scan;
  const reason =
    initialPidNamespace !== true
      ? "Holdfast does not run in the machine's first PID namespace, so processes outside are not visible"
      : unreadable > 0
        ? `this user may not read the descriptors of ${counted(unreadable, "process", "processes")}`
        : null;
  return { searched: true, initialPidNamespace, unreadable, complete: reason === null, reason };
}
