import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { OrphanPlan, OrphanReceipt } from "../../src/client/client.ts";
import { runToEnd } from "../../src/system/child.ts";
import { startedServer } from "../harness/started-server.ts";
import { isAlive, LeftBehind } from "./orphan.ts";
import { atOnce } from "./settings.ts";

const holdfast = startedServer({ ...atOnce, HOLDFAST_ORPHANS_MIN_AGE: "1d" });
const left = new LeftBehind();
afterEach(() => left.end());

const script = (name: string) => join(holdfast.stateDir, `field-${name}.sh`);

/**
 * A family that no other process on the machine belongs to: a worker, a tracker, and a program that
 * runs another.
 */
beforeAll(() => {
  const rules = join(holdfast.stateDir, "holdfast/orphans.d");
  mkdirSync(rules, { recursive: true });
  writeFileSync(script("worker"), 'echo field-ready; while :; do sleep 600 & wait "$!"; done\n');
  writeFileSync(script("tracker"), 'while :; do sleep 600 & wait "$!"; done\n');
  writeFileSync(script("wrapper"), '"$@"; exit "$?"\n');
  const text = ["worker", "tracker", "wrapper"].map(
    (name) => `[[rule]]
      name = "field-${name}"
      family = "field"
      worker = true
      [[rule.signature]]
      interpreter = "shell"
      script = '^${script(name)}$'`,
  );
  writeFileSync(join(rules, "field.toml"), text.join("\n"));
});

async function field() {
  const orphan = await left.orphan(["sh", script("worker")]);
  const tracker = await left.orphan(["sh", script("tracker")]);
  const starts = `sh ${script("worker")} >/dev/null & echo "$!"; wait "$!"; exec sleep 600`;
  const { parent, children } = await left.family("sh", ["-c", starts]);
  const living = children[0] ?? left.know(0);
  return { orphan, tracker, living, parent: left.know(parent.pid ?? 0) };
}

const killAll = ["orphans", "clean", "--kill-all", "--family", "field"] as const;

test("a whole family is ended after its name was given; the requesting process, jobs and their parents are spared", async () => {
  const { orphan, tracker, living, parent } = await field();
  const job = await holdfast.submit("sh", script("worker"));
  const follower = holdfast.start(["logs", "-f", String(job)]);
  await follower.says(/field-ready/);
  follower.interrupt();
  await follower.ended;
  const alive = () => [orphan, tracker, living, parent].filter(isAlive).length;

  for (const [args, hint] of [
    [[], "--yes-family field"],
    [["--yes"], "--yes is not enough"],
    [["--yes-family", "fields"], "--yes-family fields is not the family field"],
  ] as const) {
    const refused = await holdfast.run(...killAll, ...args);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(hint) as string });
  }
  const dry = await holdfast.run(...killAll, "--dry-run");
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain("not suspected: its parent lives");
  expect(alive()).toBe(4);

  // Run below a member of the family, which must not end itself.
  const command = [process.execPath, "--", resolve("build/cli.cjs"), ...killAll];
  const { code, stdout: text } = await runToEnd(
    "sh",
    [script("wrapper"), ...command, "--yes-family", "field", "--json"],
    { env: holdfast.env },
  );
  const receipt = JSON.parse(text) as OrphanReceipt;
  const ended = new Set(receipt.processes.map(({ pid }) => pid));
  expect([orphan, tracker, living].map(({ pid }) => ended.has(pid))).toEqual([true, true, true]);
  expect(receipt.processes.map(({ end }) => end)).not.toContain("refused");
  expect([orphan, tracker, living].filter(isAlive)).toEqual([]);
  expect([ended.has(parent.pid), isAlive(parent)]).toEqual([false, true]);
  const why = receipt.left?.map((one) => one.why).join("\n");
  expect(why).toContain("it is the requesting process, or above it");
  expect(why).toContain(`it belongs to job ${job}; add --jobs to end it too`);
  expect(code).toBe(0);

  const own = await holdfast.run(...killAll, "--jobs", "--yes-family", "field", "--json");
  expect(own.code).toBe(0);
  const [first] = (JSON.parse(own.stdout) as OrphanReceipt).processes;
  expect(first?.end).toBe("term");
  await holdfast.run("wait", String(job));
  expect((await holdfast.show(job)).state).toBe("failed");
});

test("on a terminal the family's name has to be typed, and the API requires it too", async () => {
  const { orphan, tracker, living } = await field();
  const refusing = holdfast.startOnTerminal(killAll);
  await refusing.says(/Type the family's name to end \d+ processes/);
  refusing.type("yes\r");
  expect((await refusing.ended).code).toBe(1);
  expect([orphan, tracker, living].filter(isAlive)).toHaveLength(3);

  const dry = await holdfast.run(...killAll, "--dry-run", "--json");
  const { plan } = JSON.parse(dry.stdout) as OrphanPlan;
  const reaped = await holdfast.run("orphans", "reap", String(plan), "--yes");
  expect(reaped).toMatchObject({ code: 2, stderr: expect.stringContaining("family") as string });
  expect([orphan, tracker, living].filter(isAlive)).toHaveLength(3);

  const agreeing = holdfast.startOnTerminal(killAll);
  await agreeing.says(/Type the family's name/);
  agreeing.type("field\r");
  expect((await agreeing.ended).code).toBe(0);
  expect([orphan, tracker, living].filter(isAlive)).toEqual([]);
});
