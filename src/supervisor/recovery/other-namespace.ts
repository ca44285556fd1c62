import type { Sight } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

/**
 * What a server reports about attempts whose processes are in a PID namespace that it cannot see: of
 * a container that shares the state folder, or of an earlier one. Their keepers are reached through
 * their sockets, which are files; nothing else is concluded from here and nothing is signalled.
 */

/** What cannot be seen counts as ended if a person has declared that. */
export function sightWithDeclaration({ declaredEnded }: AttemptRow, sight: Sight): Sight {
  const isDeclared = declaredEnded !== null && declaredEnded !== undefined;
  return sight === "elsewhere" && isDeclared ? "ended" : sight;
}

/** The message of the job; null: its processes can be seen. */
export async function otherNamespaceMessage(
  { engines, namespace }: Pick<Context, "engines" | "namespace">,
  attempt: AttemptRow,
  isConnected: boolean,
): Promise<string | null> {
  if (!(await isElsewhere(engines, attempt))) return null;
  const where = `its processes are in PID namespace ${nameOf(attempt)}, which this server (PID namespace ${namespace?.inode ?? "unknown"}) cannot see`;
  return isConnected
    ? `${where}; its keeper answers and does what is asked`
    : `${where}, and its keeper does not answer: nothing is concluded or signalled; ${remedy}`;
}

/** A warning for each such namespace. */
export async function otherNamespaceWarnings({
  followers,
  engines,
  namespace,
}: Pick<Context, "followers" | "engines" | "namespace">): Promise<string[]> {
  const counts = new Map<string, number>();
  for (const { attempt } of followers.values()) {
    if (!(await isElsewhere(engines, attempt))) continue;
    const name = nameOf(attempt);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(
    ([name, count]) =>
      `${count} ${count === 1 ? "attempt belongs" : "attempts belong"} to PID namespace ${name}, which this server (PID namespace ${namespace?.inode ?? "unknown"}) cannot see; ${remedy}`,
  );
}

/** Whether the boot and the PID namespace that it ran in still exist; elsewhere that is not known here. */
export async function isOfThisBoot(
  engines: Context["engines"],
  attempt: AttemptRow,
): Promise<boolean> {
  const sight = await engines.machineOf(attempt)?.namespaces.sightOf(attempt);
  return sight === undefined || sight === "here";
}

/** Whether it runs on this machine, in a PID namespace that cannot be seen. */
export async function isElsewhere(
  engines: Context["engines"],
  attempt: AttemptRow,
): Promise<boolean> {
  const sight = await engines.machineOf(attempt)?.namespaces.sightOf(attempt);
  return sight === "elsewhere";
}

const remedy =
  "start the server in that namespace (the container that ran it), or as root in the machine's own, which also sees when that namespace has ended. If you know that it has: holdfast server stop, holdfast repair --namespace-ended NUMBER --yes";

function nameOf({ namespace }: AttemptRow): string {
  return String(namespace?.inode ?? "unknown");
}
