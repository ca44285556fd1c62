import type { Reading } from "../reading.ts";
import type { Ran } from "../watched-run.ts";
import { parseGpus, parseProcesses } from "./parse.ts";
import { type GpuField, gpuFields, gpuQuery, processQuery, unknownField } from "./query.ts";

export type RunSmi = (args: readonly string[]) => Promise<Ran>;

/**
 * Queries `nvidia-smi` instead of NVML. Fields that this driver version does not know are left out
 * of the query.
 */
export async function askSmi(run: RunSmi, known: Set<GpuField>): Promise<Reading | Ran> {
  const fields = gpuFields.filter((field) => known.has(field));
  const ran = await run(gpuQuery(fields));
  if (ran.kind !== "ended") return ran;
  if (ran.code !== 0) {
    const unknown = unknownField(ran.stdout + ran.stderr);
    if (unknown === null || !known.delete(unknown)) return refusal(ran.stderr || ran.stdout);
    return askSmi(run, known);
  }
  const { devices, driverVersion } = parseGpus(ran.stdout, fields);
  const listed = await run(processQuery);
  if (listed.kind !== "ended") return listed;
  if (listed.code === 0) {
    const processes = parseProcesses(listed.stdout);
    for (const device of devices) {
      device.listed = processes.get(device.uuid) ?? [];
      device.processListRead = true;
    }
  }
  return { driverVersion, libraryVersion: null, devices, problem: null };
}

function refusal(message: string): Reading {
  const [line = ""] = message.trim().split("\n");
  return {
    driverVersion: null,
    libraryVersion: null,
    devices: [],
    problem: { code: null, message: line === "" ? "it failed without a message" : line },
  };
}
