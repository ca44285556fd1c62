import type { ContainerSpec } from "../../job/container.ts";
import type { ProcessStat } from "../../processes/proc-stat.ts";
import { inspectContainer, removeContainer } from "./runtime.ts";

/** One inspection of a container that should be gone. */
export interface ContainerRound {
  id: string | null;
  /** What proves that nothing of it lives; null: not proven yet. */
  gone: string | null;
  /** It was there in this round, and its runtime was asked to remove it. */
  removed: boolean;
  /** What is in the way. */
  message: string;
  left: { pid: number; comm: string; state: string }[];
  /** It could not be inspected at all: also its id is unknown. */
  isRefused?: boolean;
}

/**
 * Removes the attempt's container if its runtime still knows it, and says whether it is gone: the
 * runtime knows no such container, and no process is in a cgroup of its id. Its client has ended
 * before; with docker that proves nothing, the container lives under the daemon.
 */
export async function settleContainer(
  container: ContainerSpec,
  attempt: string,
  recordedId: string | null,
  env: NodeJS.ProcessEnv,
  membersOf: (id: string) => Promise<ProcessStat[]>,
): Promise<ContainerRound> {
  const { runtime } = container;
  let found = await inspectContainer(runtime, attempt, env);
  const id = found.kind === "present" ? found.id : recordedId;
  const removed = found.kind === "present";
  if (found.kind === "present") {
    const why = await removeContainer(runtime, found.id, env);
    found = why === null ? await inspectContainer(runtime, attempt, env) : { kind: "unknown", why };
  }
  const left = id === null ? [] : await membersOf(id);
  const round = { id, removed, left };
  if (found.kind === "unknown") return { ...round, gone: null, message: found.why };
  if (found.kind === "present") return { ...round, gone: null, message: `${runtime} still has it` };
  if (left.length > 0) return { ...round, gone: null, message: `processes are left in its cgroup` };
  const emptyCgroup = id === null ? "" : ", and no process is in a cgroup of its id";
  return { ...round, gone: `${runtime} knows no such container${emptyCgroup}`, message: "gone" };
}
