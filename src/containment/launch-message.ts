import { assignment } from "./assignment.ts";
import { signalNumbers } from "../contract/signal-numbers.ts";
import { inheritedByDefault, type EnvironmentValue } from "../job/inherited.ts";
import type { JobSpec } from "../job/spec.ts";

export interface LaunchOrder {
  attempt: string;
  folder: string;
  nonce: string;
  /** See seal.ts. */
  seal: string;
  spec: JobSpec;
  /** The payload's whole environment, Holdfast's own variables included. */
  env: Record<string, EnvironmentValue>;
  cgroup: string | null;
  cgroupAlso: readonly string[];
  /** What the keeper watches or sets itself, if no group does. */
  memoryGuardBytes: number | null;
  cpus: string | null;
}

/** The launch message of PROTOCOL.md: NUL-terminated `key=value`, which no value can break because none contains NUL. */
export function launchMessage(order: LaunchOrder): Buffer {
  const { spec } = order;
  const inherited = spec.inherited ?? inheritedByDefault;
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
    ["umask", inherited.umask],
  ];
  if (spec.adopt !== undefined) {
    const { pid, start, inode } = spec.adopt;
    lines.push(["adopt", `${pid}:${start}:${inode}`]);
  }
  if (order.cgroup !== null) lines.push(["cgroup", order.cgroup]);
  for (const path of order.cgroupAlso) lines.push(["cgroup_also", path]);
  if (order.memoryGuardBytes !== null) lines.push(["memory_guard_bytes", order.memoryGuardBytes]);
  // Where a group keeps the job's own CPUs, `order` names none, and the submitter's do not count.
  const cpus = order.cpus ?? (spec.cpus === null ? inherited.cpus : null);
  if (cpus !== null) lines.push(["cpus", cpus]);
  const nice = spec.nice ?? inherited.nice;
  if (nice !== null) lines.push(["nice", nice]);
  if (inherited.oomScoreAdj !== null) lines.push(["oom_score_adj", inherited.oomScoreAdj]);
  if (inherited.ignoredSignals.length > 0)
    lines.push(["ignored_signals", inherited.ignoredSignals.join(",")]);
  for (const [name, limits] of Object.entries({ ...inherited.rlimits, ...spec.rlimits }))
    lines.push(["rlimit", `${name}=${limits}`]);
  if (spec.escaped === "stop") lines.push(["escaped", "stop"]);
  for (const argument of spec.command) lines.push(["arg", argument]);
  return Buffer.concat([
    Buffer.from(lines.map(([key, value]) => `${key}=${value}\0`).join(""), "utf8"),
    ...Object.entries(order.env).flatMap(([name, value]) => [
      Buffer.from("env="),
      assignment(name, value),
      Buffer.from("\0"),
    ]),
    Buffer.from("end=\0"),
  ]);
}
