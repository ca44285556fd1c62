import { type ListedProcess, type Reading, unknownDevice } from "../reading.ts";

/** Arguments for `ioreg` on a Mac. Needs no root. */
export const ioregArguments: readonly string[] = ["-r", "-w", "0", "-c", "IOAccelerator"];

/**
 * Apple's GPU according to the registry. It shares the machine's memory, which is reported only for
 * all processes together. The registry lists the connected processes, but not how much memory each
 * uses.
 */
export function parseIoreg(text: string): Reading {
  const statistics = /"PerformanceStatistics" = \{([^\n]*)\}/.exec(text)?.[1];
  if (statistics === undefined)
    return {
      driverVersion: null,
      libraryVersion: null,
      devices: [],
      problem: { code: null, message: "the registry lists no accelerator with statistics" },
    };
  const figure = (name: string) => {
    const found = new RegExp(`"${name}"=(\\d+)`).exec(statistics)?.[1];
    return found === undefined ? null : Number(found);
  };
  const listed = new Map<number, ListedProcess>();
  for (const [, pid] of text.matchAll(/"IOUserClientCreator" = "pid (\d+), /g))
    listed.set(Number(pid), { pid: Number(pid), usedBytes: null, how: "ioreg" });
  const device = unknownDevice({
    uuid: "apple-0",
    index: 0,
    vendor: "apple",
    model: /"model" = "([^"]+)"/.exec(text)?.[1] ?? "Apple GPU",
  });
  device.memory.usedBytes = figure("In use system memory");
  device.memoryIsShared = true;
  device.utilisation.gpuPercent = figure("Device Utilization %");
  device.listed = [...listed.values()];
  device.processListRead = true;
  return { driverVersion: null, libraryVersion: null, devices: [device], problem: null };
}
