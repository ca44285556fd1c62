import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import { shellWord } from "../../contract/shell-word.ts";

type Escapee = NonNullable<Receipt["escaped"]>[number];

/** Units that many processes share: stopping one would stop unrelated processes. */
const shared =
  /^(cron|crond|atd|ssh|sshd|docker|containerd|dbus|user@\d+)\.service$|^session-.*\.scope$/;

/**
 * Processes that carried the attempt's cookie when nothing of it lived any more, without the members of
 * its own container, whose end is proven separately. Null: /proc could not be searched.
 */
export function escapeesOf(
  { escaped }: ExitRecord,
  containerId: string | null,
): Receipt["escaped"] {
  if (escaped === undefined || escaped === null) return null;
  const others = escaped.filter(
    ({ owner }) => containerId === null || !owner.includes(containerId),
  );
  return others.map(({ pid, ppid, comm, owner, end }) => {
    const found = ownerOf(owner, pid);
    const lives = end === "left" || end === "denied";
    return {
      pid,
      ppid,
      command: comm,
      owner: found.owner,
      end,
      hint: lives ? found.hint : null,
    } satisfies Escapee;
  });
}

/** What a process belongs to now, by its cgroup, and the command that would stop only it. */
export function ownerOf(cgroup: string, pid: number): { owner: string; hint: string } {
  const kill = `kill ${pid}`;
  const container =
    /(docker|libpod|crio|cri-containerd)[-/]([0-9a-f]{64})(?:\.scope)?(?:\/|$)/.exec(cgroup);
  if (container !== null) {
    const [, kind, id = ""] = container;
    const short = id.slice(0, 12);
    if (kind === "docker")
      return { owner: `docker container ${short}`, hint: `docker stop ${short}` };
    if (kind === "libpod")
      return { owner: `podman container ${short}`, hint: `podman stop ${short}` };
    return { owner: `container ${short}`, hint: `crictl stop ${short}` };
  }
  const parts = cgroup.split("/").filter((part) => part !== "");
  const unit = parts.findLast((part) => part.endsWith(".service") || part.endsWith(".scope"));
  if (unit === undefined) return { owner: cgroup, hint: kill };
  if (shared.test(unit)) return { owner: unit, hint: kill };
  const ofUser = parts.some((part) => /^user@\d+\.service$/.test(part));
  return { owner: unit, hint: `systemctl ${ofUser ? "--user " : ""}stop ${shellWord(unit)}` };
}
