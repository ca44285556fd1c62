import { type ListedProcess, type Reading, unknownDevice } from "../reading.ts";

/** What `ioreg` is asked on a Mac. No root needed. */
export const ioregArguments: readonly string[] = ["-r", "-w", "0", "-c", "IOAccelerator"];

/**
 * Apple's GPU as the registry shows it. Memory is the machine's own and is told for all processes
 * together; who is connected is told, but not how much each has.
 */
export function parseIoreg(text: string): Reading {
  const statistics = /"PerformanceStatistics" = \{([^\n]*)\}/.exec(text)?.[1];
  if (statistics === undefined)
    return {
      driverVersion: null,
      libraryVersion: null,
      devices: [],
      problem: { code: null, words: "the registry shows no accelerator with statistics" },
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
