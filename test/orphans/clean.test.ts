import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { OrphanReceipt, OrphanScan } from "../../src/client/client.ts";
import { startedServer } from "../harness/started-server.ts";
import { isAlive, LeftBehind } from "./orphan.ts";
import { atOnce } from "./settings.ts";

const holdfast = startedServer({ ...atOnce, HOLDFAST_ORPHANS_MIN_AGE: "1d" });
const left = new LeftBehind();
afterEach(() => left.end());

/** A worker and its tracker, of a family that no other process on the machine belongs to. */
async function farm() {
  const rules = join(holdfast.stateDir, "holdfast/orphans.d");
  const scripts = ["worker", "tracker"].map((name) => join(holdfast.stateDir, `farm-${name}.sh`));
  mkdirSync(rules, { recursive: true });
  const text = scripts.map((path, index) => {
    writeFileSync(path, 'while :; do sleep 600 & wait "$!"; done\n');
    return `[[rule]]
      name = "farm-${index}"
      family = "farm"
      worker = true
      [[rule.signature]]
      interpreter = "shell"
      script = '^${path}$'`;
  });
  writeFileSync(join(rules, "farm.toml"), text.join("\n"));
  const orphans = [];
  for (const path of scripts) orphans.push(await left.orphan(["sh", path]));
  return orphans;
}

const clean = (...options: string[]) => holdfast.run("orphans", "clean", ...options);

test("clean ends a family with its trackers, but nothing without an answer, in a dry run or if young", async () => {
  const orphans = await farm();
  const alive = () => orphans.filter(isAlive).length;

  expect(await clean("--family", "farm")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("with --yes"),
  });
  expect(await clean("--family", "no-such-farm", "--yes")).toMatchObject({ code: 1 });
  const young = await clean("--family", "farm", "--yes");
  expect(young).toMatchObject({ code: 0, stdout: expect.stringContaining("or with --now") });
  expect(alive()).toBe(2);

  const dry = await clean("--family", "farm", "--min-age", "0s", "--dry-run", "--json");
  expect(dry.code).toBe(0);
  const tried = (JSON.parse(dry.stdout) as OrphanReceipt).processes;
  expect(new Set(tried.map(({ end }) => end))).toEqual(new Set(["would signal"]));
  expect(alive()).toBe(2);

  const done = await clean("--family", "farm", "--now", "--yes", "--json");
  expect(done.code).toBe(0);
  const { processes } = JSON.parse(done.stdout) as OrphanReceipt;
  const ended = processes.map(({ pid }) => pid);
  expect(ended).toEqual(expect.arrayContaining(orphans.map(({ pid }) => pid)));
  expect(alive()).toBe(0);
});

test("clean takes only processes of the rule, and counts them as busy by --cpu", async () => {
  const [worker, tracker] = await farm();
  const tried = async (...options: string[]) => {
    const dry = await clean(...options, "--min-age", "0s", "--dry-run", "--json");
    const { processes } = JSON.parse(dry.stdout) as Partial<OrphanReceipt>;
    return new Set(processes?.map(({ pid }) => pid));
  };
  const ofRule = await tried("--rule", "farm-0");
  expect([ofRule.has(worker?.pid ?? 0), ofRule.has(tracker?.pid ?? 0)]).toEqual([true, false]);

  const { pid } = await left.orphan(["sleep", "600"]);
  const busy = ["--class", "cpu-without-session", "--cpu"];
  expect((await tried(...busy, "0")).has(pid)).toBe(true);
  expect((await tried(...busy, "1000000")).has(pid)).toBe(false);
  expect([worker, tracker].every((one) => one !== undefined && isAlive(one))).toBe(true);

  expect(await clean("--rule", "farm-0", "--now", "--yes")).toMatchObject({ code: 0 });
  expect([worker, tracker].map((one) => one !== undefined && isAlive(one))).toEqual([false, true]);
});

test("the next server knows since when a parent is gone", async () => {
  const { pid } = await left.orphan(["sleep", "600"]);
  const goneMs = async () => {
    const { stdout } = await holdfast.run("orphans", "--json", "--now");
    const { suspects } = JSON.parse(stdout) as OrphanScan;
    return suspects.find(({ root }) => root === pid)?.goneMs ?? -1;
  };
  const beganMs = performance.now();
  expect(await goneMs()).toBeGreaterThanOrEqual(0);
  const firstMs = performance.now();
  expect(await holdfast.run("server", "restart")).toMatchObject({ code: 0 });
  const restartedMs = performance.now();
  const now = await goneMs();
  expect(now).toBeGreaterThanOrEqual(Math.floor(restartedMs - firstMs));
  expect(now).toBeLessThanOrEqual(Math.ceil(performance.now() - beganMs));
});
