import { counted } from "../contract/counted.ts";
import type { HolderScan, Opener } from "./holders/scan.ts";
import { kindOfDeviceFile } from "./holders/device-file.ts";
import type { ReadDevice } from "./reading.ts";
import type { GpuDevice, GpuHolder, HolderEvidence, HolderSight } from "./snapshot.ts";

/**
 * Puts together what the drivers list and what descriptors show: on each GPU everybody who holds it.
 * Pure. `scan` null: the search could not be made, and `why`.
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
  const known = holders.get(pid) ?? who(scan, pid);
  if (!known.how.includes(how)) known.how.push(how);
  known.mps ||= how === "nvml-mps";
  // On several lists of one driver it is the same memory.
  if (usedBytes !== null) known.usedBytes = Math.max(known.usedBytes ?? 0, usedBytes);
  holders.set(pid, known);
}

function who(scan: HolderScan | null, pid: number): GpuHolder {
  // In a namespace of its own the driver's numbers may be the machine's: what only has the number
  // of one is not taken for it.
  const isNamed = scan?.initialPidNamespace === true;
  const seen =
    scan?.openers.find((one) => one.pid === pid) ??
    (isNamed ? scan.asked.find((one) => one.pid === pid) : undefined);
  const base = { pid, usedBytes: null, how: [] };
  if (seen !== undefined) {
    // The server of MPS holds memory for its clients, and about 27 MB of its own.
    const mps = seen.process.comm.startsWith("nvidia-cuda-mps");
    return { ...base, start: seen.start, alive: true, mps, process: seen.process };
  }
  // One that is not there may be outside.
  const alive = isNamed ? false : null;
  return { ...base, start: null, alive, mps: false, process: null };
}

/** One client may have several descriptors; each client counts once. */
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
      ? "Holdfast does not run in the machine's first PID namespace: processes outside are not seen"
      : unreadable > 0
        ? `the descriptors of ${counted(unreadable, "process", "processes")} may not be read by this user`
        : null;
  return { searched: true, initialPidNamespace, unreadable, complete: reason === null, reason };
}
