import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { environmentOf } from "./environment.ts";

function hasCookie(pid: number, cookie: string): boolean | null {
  const environment = environmentOf(pid);
  return environment === null ? null : environment.split("\0").includes(cookie);
}

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

it("reads the environment of a process with many threads once", async () => {
  const threads = 200;
  const program = 'require("fs").stat("/", () => console.log("up")); setInterval(() => {}, 1e9);';
  // Node starts all threads of its pool when it first needs one.
  const env = { UV_THREADPOOL_SIZE: String(threads), COOKIE: "one" };
  await withProcess([process.execPath, "-e", program], env, (pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    expect(Number(/^Threads:\s+(\d+)/m.exec(status)?.[1])).toBeGreaterThan(threads);
    const before = readCalls();
    expect(hasCookie(pid, "COOKIE=one")).toBe(true);
    expect(hasCookie(pid, "COOKIE=two")).toBe(false);
    expect(readCalls() - before).toBeLessThan(20);
  });
});

/** How often this thread has called read. */
function readCalls(): number {
  return Number(/^syscr: (\d+)/m.exec(readFileSync("/proc/thread-self/io", "utf8"))?.[1]);
}
