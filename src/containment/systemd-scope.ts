import type { ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../system/clock.ts";
import type { Place } from "./cgroup-places.ts";
import { hierarchiesOf } from "./cgroup-hierarchies.ts";
import { startSpawner } from "./spawner-process.ts";
import type { Manager } from "./systemd.ts";

/** A spawner in a scope of its own, and the scope's group, which is Holdfast's alone. */
export interface Scoped {
  child: ChildProcess;
  place: Place;
}

// Starting a unit takes some 20 ms; a manager that is busy or being started takes longer.
const timeoutMs = 15_000;
/** All scopes of Holdfast are in it: `systemctl --user set-property holdfast.slice MemoryMax=…` limits all jobs together. */
const slice = "holdfast.slice";

/**
 * Asks systemd for a transient scope with Delegate=yes and starts the spawner in it. The scope lives
 * as long as the spawner or one of its keepers does, so the jobs outlive this server and its unit,
 * and systemd stops nothing of them when either is started again. See docs/decisions/0010.
 *
 * Resolves when the spawner is in the scope's sub-group `keepers`, or with what went wrong.
 */
export async function startInScope(
  program: string,
  manager: Manager,
  scope: { name: string; description: string },
  clock: Clock,
): Promise<Scoped | { not: string }> {
  const first = await tryScope(program, manager, scope, clock, ["OOMPolicy=continue"]);
  // Known for scopes since systemd 253. Some before stop the whole scope when the kernel kills one
  // process for memory; the older ones do nothing, which is what is wanted.
  return "not" in first && first.not.includes("OOMPolicy")
    ? tryScope(program, manager, scope, clock, [])
    : first;
}

async function tryScope(
  program: string,
  manager: Manager,
  { name, description }: { name: string; description: string },
  clock: Clock,
  more: readonly string[],
): Promise<Scoped | { not: string }> {
  // TasksMax: the default, some thousands for the whole unit, is meant for one service.
  const properties = ["Delegate=yes", "TasksMax=infinity", ...more].flatMap((one) => ["-p", one]);
  const command = [
    "systemd-run",
    `--${manager.kind}`,
    "--scope",
    "--collect",
    `--unit=${name}`,
    `--slice=${slice}`,
    `--description=${description}`,
    ...properties,
    "--",
  ];
  let child;
  try {
    child = await startSpawner(program, { command, env: manager.env });
  } catch (error) {
    return { not: `systemd-run cannot be started: ${(error as Error).message}` };
  }
  const failure = await untilStarted(child, clock);
  if (failure !== null) {
    child.kill("SIGKILL");
    return { not: `systemd made no scope: ${failure}` };
  }
  try {
    return { child, place: { parent: moveToLeaf(child.pid ?? 0), enabling: "may", leaf: false } };
  } catch (error) {
    child.kill("SIGKILL");
    return { not: `the scope ${name} cannot be used: ${(error as Error).message}` };
  }
}

/** systemd-run says that it is in the scope just before it becomes the program. Null, or its complaint. */
function untilStarted(child: ChildProcess, clock: Clock): Promise<string | null> {
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const timer = clock.after(timeoutMs, () =>
    resolve(`no answer from systemd within ${timeoutMs / 1000} s`),
  );
  let heard = "";
  const hear = (text: string) => {
    heard += text;
    if (/^Running (scope )?as unit: /m.test(heard)) resolve(null);
  };
  const failed = (error: Error) => resolve(error.message);
  const closed = () => resolve(heard.trim().split("\n").at(-1) || "systemd-run ended silently");
  child.stderr?.setEncoding("utf8").on("data", hear);
  child.on("error", failed).on("close", closed);
  return promise.finally(() => {
    timer.cancel();
    child.stderr?.off("data", hear);
    child.off("error", failed).off("close", closed);
  });
}

/**
 * Only a group without processes of its own may have controllers for its children, so the spawner,
 * and with it every keeper, goes into a sub-group. Returns the folder of the scope's group.
 */
function moveToLeaf(pid: number): string {
  const mounted = hierarchiesOf(
    readFileSync("/proc/self/mountinfo", "utf8"),
    readFileSync(`/proc/${pid}/cgroup`, "utf8"),
  );
  const group = mounted.find(({ version }) => version === 2)?.own;
  if (group === undefined || group === null)
    throw new Error("no cgroup v2 hierarchy that shows it is mounted");
  const keepers = join(group, "keepers");
  mkdirSync(keepers);
  writeFileSync(join(keepers, "cgroup.procs"), String(pid));
  return group;
}
