import { signalNumbers } from "../contract/job.ts";
import type { JobSpec } from "../job/spec.ts";

export interface LaunchOrder {
  attempt: string;
  folder: string;
  nonce: string;
  /** See seal.ts. */
  seal: string;
  spec: JobSpec;
  /** The payload's whole environment, Holdfast's own variables included. */
  env: Record<string, string>;
  cgroup: string | null;
  cgroupAlso: readonly string[];
  /** What the keeper watches over or sets itself, where no group does. */
  memoryGuardBytes: number | null;
  cpus: string | null;
}

/** The launch message of PROTOCOL.md: NUL-terminated `key=value`, which no value can break because none contains NUL. */
export function launchMessage(order: LaunchOrder): Buffer {
  const { spec } = order;
  const lines: [string, string | number][] = [
    ["holdfast-launch", 1],
    ["attempt", order.attempt],
    ["folder", order.folder],
    ["nonce", order.nonce],
    ["seal", order.seal],
    ["cwd", spec.cwd],
    ["output", spec.output],
    ["output_quota_bytes", spec.outputQuotaBytes ?? 0],
    ["grace_ms", spec.graceMs],
    ["limit_ms", spec.limitMs ?? 0],
    ["lease_ms", spec.leaseMs ?? 0],
    ["leftovers", spec.leftovers],
    ["stop_signal", signalNumbers[spec.stopSignal] ?? 15],
    ["stop_scope", spec.stopScope],
  ];
  if (spec.adopt !== undefined) {
    const { pid, start, inode } = spec.adopt;
    lines.push(["adopt", `${pid}:${start}:${inode}`]);
  }
  if (order.cgroup !== null) lines.push(["cgroup", order.cgroup]);
  for (const path of order.cgroupAlso) lines.push(["cgroup_also", path]);
  if (order.memoryGuardBytes !== null) lines.push(["memory_guard_bytes", order.memoryGuardBytes]);
  if (order.cpus !== null) lines.push(["cpus", order.cpus]);
  if (spec.nice !== null) lines.push(["nice", spec.nice]);
  for (const [name, limits] of Object.entries(spec.rlimits))
    lines.push(["rlimit", `${name}=${limits}`]);
  if (spec.escaped === "stop") lines.push(["escaped", "stop"]);
  for (const argument of spec.command) lines.push(["arg", argument]);
  for (const [name, value] of Object.entries(order.env)) lines.push(["env", `${name}=${value}`]);
  lines.push(["end", ""]);
  return Buffer.from(lines.map(([key, value]) => `${key}=${value}\0`).join(""), "utf8");
}
