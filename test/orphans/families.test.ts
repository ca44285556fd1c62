import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { startedServer } from "../harness/started-server.ts";
import { endChild, isAlive, LeftBehind } from "./orphan.ts";
import { atOnce, plan, reap, scan } from "./settings.ts";

const python = "/usr/bin/python3";
const hasLoky = spawnSync(python, ["-c", "import joblib"], { stdio: "ignore" }).status === 0;

/** Each program prints its workers' pids on one line and waits. */
const loky = `
import time
from joblib.externals.loky import get_reusable_executor
pool = get_reusable_executor(2, timeout=600)
list(pool.map(abs, range(4)))
print(*pool._processes, flush=True)
time.sleep(600)`;

const multiprocessing = (method: string) => `
import multiprocessing, time
context = multiprocessing.get_context("${method}")
workers = [context.Process(target=time.sleep, args=(600,)) for _ in range(2)]
for worker in workers: worker.start()
print(*(worker.pid for worker in workers), flush=True)
time.sleep(600)`;

/**
 * Workers idle on a queue whose other end they also have open, so they never notice that their
 * parent is gone.
 */
const forked = `
import multiprocessing, time
from concurrent.futures import ProcessPoolExecutor
pool = ProcessPoolExecutor(2, multiprocessing.get_context("fork"))
list(pool.map(abs, range(8)))
print(*pool._processes, flush=True)
time.sleep(600)`;

const families: readonly [string, string, boolean][] = [
  ["loky", loky, hasLoky],
  ["fork-pool", forked, true],
  ["mp-spawn", multiprocessing("spawn"), true],
  ["mp-forkserver", multiprocessing("forkserver"), true],
];

const holdfast = startedServer(atOnce);
const left = new LeftBehind();
afterEach(() => left.end());

describe.each(families)("workers of %s", (rule, code, here) => {
  test.runIf(here)(
    "are suspected only after their parent was killed, and are gone after reap",
    async () => {
      const { parent, children } = await left.family(python, ["-c", code]);
      const pids = children.map(({ pid }) => pid).toSorted((a, b) => a - b);
      // A fork server survives above its children, and is then the suspect.
      const mine = async () =>
        (await scan(holdfast)).filter(({ processes }) =>
          processes.some(({ pid }) => pids.includes(pid)),
        );
      expect(await mine()).toEqual([]);
      expect((await plan(holdfast, parent.pid ?? 0, ...pids)).trees).toEqual([]);

      await endChild(parent);
      const suspects = await mine();
      expect(suspects.length).toBeGreaterThan(0);
      for (const suspect of suspects)
        expect(suspect).toMatchObject({ class: "parent-gone", rule, confidence: "likely" });
      for (const { root } of suspects) if (!pids.includes(root)) left.know(root);
      const planned = await plan(holdfast, ...suspects.map(({ root }) => root));
      const { code: exitCode, receipt } = await reap(holdfast, planned.plan);
      expect(receipt.processes.map(({ pid }) => pid)).toEqual(expect.arrayContaining(pids));
      expect(receipt.processes.map(({ end }) => end)).not.toContain("lives");
      expect(children.filter(isAlive)).toEqual([]);
      expect(exitCode).toBe(0);
      const file = join(holdfast.stateDir, `orphans/receipt-${planned.plan}.json`);
      expect(existsSync(file) && JSON.parse(readFileSync(file, "utf8"))).toEqual(receipt);
    },
  );
});
