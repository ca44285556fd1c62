import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Receipt } from "../src/client/client.ts";
import { startedServer } from "./harness/started-server.ts";

const python = "/usr/bin/python3";
const hasJoblib =
  spawnSync(python, ["-c", "import joblib, numpy"], { stdio: "ignore" }).status === 0;

/** Each prints the path of what it has in /dev/shm and waits. */
const multiprocessing = `
import time
from multiprocessing import resource_tracker, shared_memory
segment = shared_memory.SharedMemory(create=True, size=1 << 20)
resource_tracker.unregister(segment._name, "shared_memory")
print("/dev/shm/" + segment.name, flush=True)
time.sleep(600)`;
const joblib = `
import numpy, time
from joblib import Parallel, delayed
def wait(array, index):
    if index == 0:
        print(array.filename.rpartition("/")[0], flush=True)
    time.sleep(600)
Parallel(n_jobs=2, max_nbytes=1000)(delayed(wait)(numpy.ones(5000), index) for index in range(2))`;

const holdfast = startedServer();
const made: string[] = [];
afterEach(() => {
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** A job that has made its shared memory, and the path of it. */
async function sharing(code: string): Promise<{ id: string; path: string }> {
  const id = String(await holdfast.submit("--", python, "-c", code));
  for (;;) {
    const path = (await holdfast.run("logs", id)).stdout.trim();
    if (path === "") continue;
    made.push(path);
    return { id, path };
  }
}

describe.each([
  ["multiprocessing", multiprocessing, true, 0],
  ["joblib", joblib, hasJoblib, 2 * 40_000],
] as const)("of two jobs of %s at once", (_name, code, here, least) => {
  test.runIf(here)("each receipt has the job's own shared memory and no other", async () => {
    const jobs = [await sharing(code), await sharing(code)];
    expect(jobs.map(({ path }) => path.startsWith("/dev/shm/"))).toEqual([true, true]);
    for (const { id, path } of jobs) {
      const pid = (await holdfast.show(Number(id))).attempt?.pid ?? 0;
      expect(await holdfast.run("kill", id)).toMatchObject({ code: 0 });
      const { stdout } = await holdfast.run("receipt", id, "--json");
      const listed = (JSON.parse(stdout) as Receipt).sharedMemory ?? [];
      // Joblib names its folder and its semaphores after the main process.
      const isOwn = (name: string) =>
        name === path || name.includes(`-${pid}-`) || name.includes(`_${pid}_`);
      expect(listed.filter((file) => !isOwn(file.path))).toEqual([]);
      const own = listed.find((file) => file.path === path);
      expect(own).toMatchObject({
        removed: true,
        why: expect.stringContaining("no living process"),
      });
      // Also of the files in joblib's folder.
      expect(own?.bytes).toBeGreaterThanOrEqual(least);
      expect(existsSync(path)).toBe(false);
    }
  });
});

test.runIf(hasJoblib)("one file that another process has keeps joblib's folder whole", async () => {
  const { id, path } = await sharing(joblib);
  const files = readdirSync(path).map((name) => join(path, name));
  const code = "import sys; keep = open(sys.argv[1]); print(flush=True); sys.stdin.read()";
  const holder = spawn(python, ["-c", code, files[0] ?? ""], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  try {
    await once(holder.stdout, "data");
    expect(await holdfast.run("kill", id)).toMatchObject({ code: 0 });
    const { stdout } = await holdfast.run("receipt", id, "--json");
    const own = (JSON.parse(stdout) as Receipt).sharedMemory?.find((file) => file.path === path);
    expect(own).toMatchObject({ removed: false, why: expect.stringContaining("another process") });
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
  } finally {
    holder.stdin.end();
    await once(holder, "exit");
  }
});
