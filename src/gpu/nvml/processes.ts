import type { HolderEvidence } from "../snapshot.ts";
import type { ListedProcess } from "../reading.ts";
import { nvmlFunctionNotFound, nvmlInsufficientSize, nvmlOk } from "./codes.ts";
import type { NvmlFunction, NvmlLibrary } from "./library.ts";
import { parseProcesses, unwritten, widestProcessBytes } from "./structs.ts";

/** Newest form first; the last of each is the original form, with 16 bytes for each process. */
const lists: readonly { how: HolderEvidence; functions: readonly NvmlFunction[] }[] = [
  {
    how: "nvml-compute",
    functions: [
      "nvmlDeviceGetComputeRunningProcesses_v3",
      "nvmlDeviceGetComputeRunningProcesses_v2",
      "nvmlDeviceGetComputeRunningProcesses",
    ],
  },
  {
    how: "nvml-graphics",
    functions: [
      "nvmlDeviceGetGraphicsRunningProcesses_v3",
      "nvmlDeviceGetGraphicsRunningProcesses_v2",
      "nvmlDeviceGetGraphicsRunningProcesses",
    ],
  },
  {
    how: "nvml-mps",
    functions: [
      "nvmlDeviceGetMPSComputeRunningProcesses_v3",
      "nvmlDeviceGetMPSComputeRunningProcesses_v2",
      "nvmlDeviceGetMPSComputeRunningProcesses",
    ],
  },
];

// Limits retries on a machine where more processes appear at each query than there is room for.
const mostTries = 6;
const room = 8;

/**
 * The driver's lists of the processes that use a GPU. `refused` has the code of a list that could
 * not be read; the compute list decides.
 */
export function readProcesses(
  library: NvmlLibrary,
  handle: bigint,
): { listed: ListedProcess[]; refused: { how: HolderEvidence; code: number }[] } {
  const listed: ListedProcess[] = [];
  const refused: { how: HolderEvidence; code: number }[] = [];
  for (const { how, functions } of lists) {
    const answer = readList(library, handle, functions);
    if (typeof answer === "number") refused.push({ how, code: answer });
    else for (const { pid, usedBytes } of answer) listed.push({ pid, usedBytes, how });
  }
  return { listed, refused };
}

function readList(library: NvmlLibrary, handle: bigint, functions: readonly NvmlFunction[]) {
  let code = nvmlFunctionNotFound;
  for (const name of functions) {
    const answer = readWith(library, handle, name);
    if (typeof answer !== "number") return answer;
    code = answer;
    if (code !== nvmlFunctionNotFound) break;
  }
  return code;
}

/**
 * First queries the number of processes, then the list with some extra room, because more may start
 * in between.
 */
function readWith(library: NvmlLibrary, handle: bigint, name: NvmlFunction) {
  const narrow = !/_v[23]$/.test(name);
  const count = Buffer.alloc(4);
  let code = library.call(name, handle, count, Buffer.alloc(0));
  for (let tried = 0; code === nvmlInsufficientSize && tried < mostTries; tried += 1) {
    const capacity = count.readUInt32LE() + room * 2 ** tried;
    const buffer = Buffer.alloc(capacity * widestProcessBytes, unwritten);
    count.writeUInt32LE(capacity);
    code = library.call(name, handle, count, buffer);
    if (code === nvmlOk) return parseProcesses(buffer, count.readUInt32LE(), narrow);
  }
  return code === nvmlOk ? [] : code;
}
