import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { startChild } from "../system/child.ts";
import { failpoint } from "../system/failpoints.ts";

/**
 * Starts `holdfast-keeper spawner`; `through` is put before it: a program that becomes it, with
 * variables that this program alone needs. It does not keep this process alive. Rejects with the
 * system's error if it cannot be started.
 */
export async function startSpawner(
  program: string,
  through: { command: readonly string[]; env: NodeJS.ProcessEnv } = { command: [], env: {} },
): Promise<ChildProcess> {
  failpoint("spawner.start");
  const [first, ...rest] = [...through.command, program, "spawner"];
  const child = startChild(first, rest, {
    stdio: ["pipe", "pipe", "pipe"],
    // Its keepers must not see this server's environment: it may hold a cookie or a secret.
    env: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", ...through.env },
    cwd: "/",
    detached: true,
  });
  child.unref();
  for (const stream of [child.stdin, child.stdout, child.stderr])
    (stream as { unref?: () => void } | null)?.unref?.();
  await once(child, "spawn");
  return child;
}
