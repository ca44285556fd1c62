import { existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { orphanClasses } from "../../src/contract/orphan-classes.ts";
import type { OrphanPlan, OrphanRules } from "../../src/client/client.ts";
import { startedServer } from "../harness/started-server.ts";
import { atOnce, scan } from "./settings.ts";
import { judge, tally } from "./zoo/judge.ts";
import { Random } from "./zoo/random.ts";
import { zooOf, type Available } from "./zoo/species.ts";
import { Zoo } from "./zoo/zoo.ts";

/**
 * Measures how well orphans are distinguished from other processes; their maker knows the truth.
 * Every process counts as old and busy, so that only its place and its command line matter.
 *
 * `npm run zoo` makes 200 trees and keeps the result; HOLDFAST_ZOO_SEED makes another zoo.
 */
const count = Number(process.env["HOLDFAST_ZOO_TREES"] ?? "40");
const seed = Number(process.env["HOLDFAST_ZOO_SEED"] ?? "1");
const kept = process.env["HOLDFAST_ZOO_RESULT"];

const holdfast = startedServer(atOnce);
const isRoot = process.getuid?.() === 0;
const hierarchy = isRoot
  ? ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) =>
      existsSync(join(path, "cgroup.procs")),
    )
  : undefined;
const groups: string[] = [];

function group(name: string): string | null {
  if (hierarchy === undefined) return null;
  const parent = join(hierarchy, `zoo-${process.pid}-${groups.length}`);
  const path = join(parent, name);
  mkdirSync(path, { recursive: true });
  groups.push(path, parent);
  return path;
}

let zoo: Zoo | null = null;
let live: number;

beforeAll(async () => {
  live = await holdfast.submit("--", "sleep", "600");
  const ended = Number(await holdfast.ended("--", "true"));
  const attemptOf = async (id: number) => (await holdfast.show(id)).attempt?.id ?? "";
  const available: Available = {
    service: group("render.service"),
    container: group(`docker-${"0a".repeat(32)}.scope`),
    liveAttempt: await attemptOf(live),
    endedAttempt: await attemptOf(ended),
    otherUser: isRoot ? 65_534 : null,
    namespaces: isRoot,
  };
  zoo = await Zoo.open(zooOf(count, new Random(seed), available));
});

afterAll(async () => {
  await zoo?.close();
  for (const path of groups) rmdirSync(path);
});

test(`in a zoo of ${count} trees all orphans are found and no other process is in any plan`, async () => {
  const plans = [await plan()];
  for (const kind of orphanClasses) plans.push(await plan("--class", kind));
  const { stdout } = await holdfast.run("orphans", "rules", "--json");
  for (const { name } of (JSON.parse(stdout) as OrphanRules).rules)
    plans.push(await plan("--rule", name));
  const judged = judge(zoo?.trees ?? [], await scan(holdfast), plans);
  await holdfast.run("kill", String(live));

  if (kept !== undefined)
    writeFileSync(
      resolve(kept),
      `${JSON.stringify({ seed, count, tally: tally(judged) }, null, 2)}\n`,
    );
  const innocent = judged.filter(({ truth }) => truth === "innocent");
  const orphans = judged.filter(({ truth }) => truth === "orphan");
  expect(innocent.length).toBeGreaterThan(0);
  expect(innocent.filter(({ suspected, planned }) => suspected || planned)).toEqual([]);
  expect(orphans.filter(({ wronged }) => wronged)).toEqual([]);
  expect(orphans.filter(({ found }) => !found).length).toBeLessThanOrEqual(orphans.length / 100);
  expect(orphans.filter(({ planned }) => !planned).length).toBeLessThanOrEqual(
    orphans.length / 100,
  );
});

async function plan(...args: string[]): Promise<OrphanPlan> {
  const { stdout } = await holdfast.run("orphans", "plan", "--json", ...args);
  return JSON.parse(stdout) as OrphanPlan;
}
