import { readFileSync } from "node:fs";
import { listProcesses } from "../../processes/process-table.ts";
import { type ProcessStat, throwUnlessUnseen } from "../../processes/proc-stat.ts";

/**
 * The processes in any cgroup that has the container's id in its path: every runtime names its groups
 * so, in both versions and under systemd (`docker-ID.scope`, `/docker/ID`, `libpod-ID`).
 */
export function membersOfContainer(id: string): ProcessStat[] {
  return listProcesses().filter(
    ({ pid, state, threads }) => !(state === "Z" && threads <= 1) && groupsOf(pid).includes(id),
  );
}

function groupsOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch (error) {
    throwUnlessUnseen(error);
    return "";
  }
}
