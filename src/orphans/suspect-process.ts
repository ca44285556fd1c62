import type { SuspectProcess } from "../contract/orphans.ts";
import { cgroupPlaceOf } from "./cgroup-place.ts";
import { describeCommand, type Observed, type Scene } from "./scene.ts";

/** The facts about one process, as in the API. */
export function suspectProcess(process: Observed, scene: Scene): SuspectProcess {
  const cgroup = scene.cgroupOf(process.pid);
  const place = cgroupPlaceOf(cgroup);
  return {
    pid: process.pid,
    start: process.start,
    ppid: process.ppid,
    command: describeCommand(process),
    state: process.state,
    uid: process.uid,
    ageMs: process.ageMs,
    cpuPercent: Math.round(process.cpuPercent),
    demandPercent: Math.round(process.demandPercent),
    cgroup,
    container: place.kind === "container" ? `${place.runtime} ${place.id.slice(0, 12)}` : null,
    ...scene.holdingsOf(process.pid),
  };
}
