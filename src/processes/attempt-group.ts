const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const group = new RegExp(`/holdfast-[0-9a-f]{12}/(${uuid})(?:/|$)`, "m");

/** The attempt whose group a cgroup path is, or is below; null: of none. Also for the lines of /proc/PID/cgroup. */
export function attemptOfGroup(path: string): string | null {
  return group.exec(path)?.[1] ?? null;
}
