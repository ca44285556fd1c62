import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";
import { hasCookie } from "./environment.ts";

/** A shell that executes itself repeatedly: much of the time it is in the middle of an exec. */
const relay = 'if [ -z "$BEGUN" ]; then export BEGUN=1; echo up; fi; exec sh -c "$0" "$0"';

async function withProcess(
  command: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  sample: (pid: number) => void,
): Promise<void> {
  const [program, ...args] = command;
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "ignore"] });
  try {
    await once(child.stdout, "data");
    sample(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
    await once(child, "close");
  }
}

const samples = Array.from({ length: 300 });

it("finds the cookie of a process that execs on and on, each time it samples", async () => {
  const env = { PATH: process.env["PATH"], PADDING: "x".repeat(40_000), COOKIE: "one" };
  await withProcess(["sh", "-c", relay, relay], env, (pid) => {
    expect(samples.map(() => hasCookie(pid, "COOKIE=one")).filter((had) => had !== true)).toEqual(
      [],
    );
    expect(samples.map(() => hasCookie(pid, "COOKIE=on")).filter((had) => had !== false)).toEqual(
      [],
    );
  });
});

it("does not wait for a process that has no environment at all", async () => {
  await withProcess(["env", "-i", "sh", "-c", "echo up; read x"], {}, (pid) => {
    expect(hasCookie(pid, "COOKIE=one")).toBe(false);
  });
});

it("says no for a process that is gone and for kernel threads", () => {
  expect(hasCookie(2 ** 22 + 1, "COOKIE=one")).toBe(false);
  expect(hasCookie(2, "COOKIE=one")).toBe(false);
});
