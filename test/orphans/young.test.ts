import { afterEach, expect, test } from "vitest";
import type { OrphanScan } from "../../src/client/client.ts";
import { startedServer } from "../harness/started-server.ts";
import { isAlive, LeftBehind } from "./orphan.ts";
import { atOnce, plan, reap } from "./settings.ts";

const holdfast = startedServer({
  ...atOnce,
  HOLDFAST_ORPHANS_MIN_AGE: "1d",
  HOLDFAST_ORPHANS_PARENT_GONE: "1d",
});
const left = new LeftBehind();
afterEach(() => left.end());

test("a new orphan is counted as a young candidate, and --now makes it a suspect", async () => {
  const orphan = await left.orphan(["sleep", "600"]);
  const { pid } = orphan;
  const scanned = async (...options: string[]) => {
    const { code, stdout } = await holdfast.run("orphans", "--json", ...options);
    const { suspects, young } = JSON.parse(stdout) as OrphanScan;
    const mine = (list: OrphanScan["suspects"]) => list.find(({ root }) => root === pid);
    return { code, suspect: mine(suspects)?.confidence, young: mine(young)?.confidence };
  };
  expect(await scanned()).toEqual({ code: 3, suspect: undefined, young: "young" });
  const page = await holdfast.run("orphans");
  expect(page.stdout).toMatch(/^\d+ suspects? and \d+ young candidates? among /);
  expect(page.code).toBe(3);
  expect(await scanned("--now")).toEqual({ code: 3, suspect: "weak", young: undefined });

  const early = await plan(holdfast, pid);
  expect(early.trees).toEqual([]);
  expect(early.left.find(({ root }) => root === pid)?.why).toContain("or with --now");
  const { stdout } = await holdfast.run("orphans", "plan", "--now", "--json", String(pid));
  const { receipt } = await reap(holdfast, (JSON.parse(stdout) as { plan: number }).plan);
  expect(receipt.processes).toMatchObject([{ pid, end: "term" }]);
  expect(isAlive(orphan)).toBe(false);
});
