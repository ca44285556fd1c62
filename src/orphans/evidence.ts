import { formatDuration } from "../contract/units.ts";
import { placeOf } from "./cgroup-words.ts";
import { gpuWords } from "./gpu-memory.ts";
import type { Match } from "./match.ts";
import type { Rule } from "./rule.ts";
import type { Observed, Scene } from "./scene.ts";

/** A form is never more than a hint. */
export function fitsWords({ name, from }: Rule): string {
  return `its command has the form of rule ${name} (${from}): a hint, no proof`;
}

/** What another system says of the job. */
export function statusWords({ rule, groups }: Match): string {
  const { name, status, database } = rule;
  const source = database === undefined ? (status?.command.join(" ") ?? name) : `database ${name}`;
  return `${source} says that job ${groups["id"] ?? "?"} has ended`;
}

/** What it costs and holds, and where it runs. */
export function costWords(process: Observed, scene: Scene): string[] {
  const { gpuDevices, gpuMemory, ports, checkpoints, sharedMemory } = scene.holdingsOf(process.pid);
  const window = formatDuration(scene.windowMs);
  return [
    `it is ${formatDuration(process.ageMs)} old and used ${Math.round(process.cpuPercent)} % of a CPU in ${window}${waitWords(process)}`,
    ...(gpuDevices.length === 0 ? [] : [`it holds ${gpuDevices.join(", ")}`]),
    ...gpuWords(gpuMemory, scene.gpus),
    ...(ports.length === 0 ? [] : [`it listens on port ${ports.join(", ")}`]),
    ...(checkpoints.length === 0 ? [] : [`it has ${checkpoints.join(", ")} open`]),
    ...(sharedMemory.length === 0
      ? []
      : [`it has shared memory mapped: ${sharedMemory.join(", ")}`]),
    placeWords(process, scene),
  ];
}

/** On a busy machine what a process gets says little of what it asks for. */
function waitWords({ cpuPercent, demandPercent }: Observed): string {
  const [got, wanted] = [Math.round(cpuPercent), Math.round(demandPercent)];
  return wanted > got ? `; with the time in which it waited for a CPU ${wanted} %` : "";
}

function placeWords({ pid, uid }: Observed, scene: Scene): string {
  const cgroup = scene.cgroupOf(pid);
  const place = placeOf(cgroup);
  const where =
    place.kind === "container"
      ? `${place.runtime} container ${place.id.slice(0, 12)}`
      : `cgroup ${cgroup ?? "unknown"}`;
  return `it runs as user ${uid} in ${where}`;
}
