import { attemptOfGroup } from "../processes/attempt-group.ts";

/** The manager of a process, according to its cgroup path. */
export type CgroupPlace =
  | { kind: "attempt"; attempt: string }
  | { kind: "container"; runtime: string; id: string }
  | { kind: "service"; unit: string; user: boolean }
  | { kind: "other" };

const container =
  /(docker|libpod|crio|cri-containerd)[-/]([0-9a-f]{64})(?:\.scope)?(?:\/|$)|\/(lxc)\/([^/]+)/;

/** Services that run other programs: cron jobs, logins, a user's whole session. */
const shared = /^(cron|crond|atd|ssh|sshd|user@\d+)\.service$/;

export function cgroupPlaceOf(cgroup: string | null): CgroupPlace {
  if (cgroup === null) return { kind: "other" };
  const attempt = attemptOfGroup(cgroup);
  if (attempt !== null) return { kind: "attempt", attempt };
  const inContainer = container.exec(cgroup);
  if (inContainer !== null) {
    const [, runtime = "lxc", id = inContainer[4] ?? ""] = inContainer;
    return { kind: "container", runtime: runtime === "libpod" ? "podman" : runtime, id };
  }
  const parts = cgroup.split("/");
  const unit = parts.findLast((part) => part.endsWith(".service"));
  if (unit === undefined || shared.test(unit)) return { kind: "other" };
  return { kind: "service", unit, user: parts.some((part) => /^user@\d+\.service$/.test(part)) };
}
