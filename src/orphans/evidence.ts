import { formatDuration } from "../contract/units.ts";
import { cgroupPlaceOf } from "./cgroup-place.ts";
import { describeGpu } from "./gpu-memory.ts";
import type { Match } from "./match.ts";
import type { Rule } from "./rule.ts";
import type { Observed, Scene } from "./scene.ts";

/** A matching command line is never more than a hint. */
export function describeMatch({ name, from }: Rule): string {
  return `its command line matches rule ${name} (${from}), which is a hint, not a proof`;
}

/** The job's end according to another system. */
export function describeStatus({ rule, groups }: Match): string {
  const { name, status, database } = rule;
  const source = database === undefined ? (status?.command.join(" ") ?? name) : `database ${name}`;
  return `${source} reports that job ${groups["id"] ?? "?"} has ended`;
}

/** Its cost, what it holds, and where it runs. */
export function describeCost(process: Observed, scene: Scene): string[] {
  const { gpuDevices, gpuMemory, ports, checkpoints, sharedMemory } = scene.holdingsOf(process.pid);
  const window = formatDuration(scene.windowMs);
  return [
    `it is ${formatDuration(process.ageMs)} old and used ${Math.round(process.cpuPercent)} % of a CPU in ${window}${describeWait(process)}`,
    ...(gpuDevices.length === 0 ? [] : [`it holds ${gpuDevices.join(", ")}`]),
    ...describeGpu(gpuMemory, scene.gpus),
    ...(ports.length === 0 ? [] : [`it listens on port ${ports.join(", ")}`]),
    ...(checkpoints.length === 0 ? [] : [`it has ${checkpoints.join(", ")} open`]),
    ...(sharedMemory.length === 0
      ? []
      : [`it has shared memory mapped: ${sharedMemory.join(", ")}`]),
    describePlace(process, scene),
  ];
}

/** On a busy machine a process may use far less CPU time than it demands. */
function describeWait({ cpuPercent, demandPercent }: Observed): string {
  const [got, wanted] = [Math.round(cpuPercent), Math.round(demandPercent)];
  return wanted > got ? `; including the time it waited for a CPU: ${wanted} %` : "";
}

function describePlace({ pid, uid }: Observed, scene: Scene): string {
  const cgroup = scene.cgroupOf(pid);
  const place = cgroupPlaceOf(cgroup);
  const where =
    place.kind === "container"
      ? `${place.runtime} container ${place.id.slice(0, 12)}`
      : `cgroup ${cgroup ?? "unknown"}`;
  return `it runs as user ${uid} in ${where}`;
}
