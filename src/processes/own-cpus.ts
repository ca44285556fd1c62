import { readFileSync } from "node:fs";

/** The CPUs that this process may use, as a list (`0-3,8`): what its cpuset and its affinity leave. Empty if unknown. */
export function ownCpus(): string {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    return /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "";
  } catch {
    return "";
  }
}
