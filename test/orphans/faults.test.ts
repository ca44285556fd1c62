import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { killLive, until } from "../containment/live-process.ts";
import { endFixture, startFixture } from "../fixtures/start-fixture.ts";
import { endHolders, listHeld, makeWitnessDir } from "../fixtures/witness.ts";
import { startedServer } from "../harness/started-server.ts";
import { commandOf, isAlive, LeftBehind } from "./orphan.ts";
import { atOnce, plan, reap } from "./settings.ts";

/** Events between a plan and reap. */
const holdfast = startedServer(atOnce);
const left = new LeftBehind();
afterEach(() => left.end());

const isRoot = process.getuid?.() === 0;

test("nothing happened: a dry run sends no signal, and the plan is carried out once", async () => {
  const orphan = await left.orphan(["sleep", "600"]);
  const { plan: number, trees } = await plan(holdfast, orphan.pid);
  expect(trees).toMatchObject([{ processes: [{ pid: orphan.pid, start: orphan.start }] }]);
  const tried = await reap(holdfast, number, "--dry-run");
  expect(tried).toMatchObject({ code: 0, receipt: { processes: [{ end: "would signal" }] } });
  expect(isAlive(orphan)).toBe(true);
  const done = await reap(holdfast, number);
  expect(done).toMatchObject({ code: 0, receipt: { processes: [{ end: "term" }] } });
  expect(isAlive(orphan)).toBe(false);
  const again = await holdfast.run("orphans", "reap", String(number), "--yes");
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("carried out") });
});

test("on a terminal only the name of the class is accepted", async () => {
  const orphan = await left.orphan(["sleep", "600"]);
  const { plan: number } = await plan(holdfast, orphan.pid);
  for (const [typed, code] of [
    ["yes\r", 1],
    ["cpu-without-session\r", 0],
  ] as const) {
    expect(isAlive(orphan)).toBe(true);
    const asked = holdfast.startOnTerminal(["orphans", "reap", String(number)]);
    await asked.says(/type cpu-without-session to end these: /);
    asked.type(typed);
    expect((await asked.ended).code).toBe(code);
  }
  expect(isAlive(orphan)).toBe(false);
});

test("it started another process: that process is left running and named", async () => {
  const script = join(holdfast.stateDir, "starts-another.sh");
  const pidFile = join(holdfast.stateDir, "another.pid");
  writeFileSync(
    script,
    `trap 'sleep 600 & echo $! >${pidFile}.new && mv ${pidFile}.new ${pidFile}' USR1\nsleep 600 &\n: >${pidFile}.ready\nwhile :; do wait; done\n`,
  );
  const orphan = await left.orphan(["sh", script]);
  await until(() => existsSync(`${pidFile}.ready`));
  const { plan: number } = await plan(holdfast, orphan.pid);
  process.kill(orphan.pid, "SIGUSR1");
  await until(() => existsSync(pidFile));
  const another = left.know(Number(readFileSync(pidFile, "utf8")));
  const { code, receipt } = await reap(holdfast, number);
  expect(code).toBe(1);
  expect(isAlive(orphan)).toBe(false);
  expect(isAlive(another)).toBe(true);
  expect(receipt.processes).toContainEqual(
    expect.objectContaining({
      pid: another.pid,
      end: "refused",
      message: expect.stringContaining("after the plan"),
    }),
  );
});

test("it ignores SIGTERM: it is killed after the grace period; a stopped process acts on SIGTERM", async () => {
  const script = join(holdfast.stateDir, "stubborn.sh");
  writeFileSync(script, 'trap "" TERM\nwhile :; do sleep 600 & wait "$!"; done\n');
  const stubborn = await left.orphan(["sh", script]);
  const stopped = await left.orphan(["sleep", "600"]);
  process.kill(stopped.pid, "SIGSTOP");
  const { plan: number } = await plan(holdfast, stubborn.pid, stopped.pid);
  const { receipt } = await reap(holdfast, number, "--grace", "300ms");
  const ends = new Map(receipt.processes.map(({ pid, end }) => [pid, end]));
  expect([ends.get(stubborn.pid), ends.get(stopped.pid)]).toEqual(["kill", "term"]);
});

test("it became another program: refused", async () => {
  const fifo = join(holdfast.stateDir, "fifo");
  spawnSync("mkfifo", [fifo]);
  const orphan = await left.orphan(["sh", "-c", 'read line <"$0"; exec sleep 601', fifo]);
  const { plan: number } = await plan(holdfast, orphan.pid);
  writeFileSync(fifo, "go\n");
  await until(() => commandOf(orphan.pid) === "sleep 601");
  const { code, receipt } = await reap(holdfast, number);
  expect(receipt.processes).toMatchObject([
    { end: "refused", message: "it has become another program: sleep 601" },
  ]);
  expect([code, isAlive(orphan)]).toEqual([1, true]);
});

test.runIf(isRoot)("its pid belongs to another process: no signal is sent", async () => {
  const witness = await makeWitnessDir();
  const orphan = await left.orphan(["sleep", "600"]);
  const { plan: number } = await plan(holdfast, orphan.pid);
  await killLive(orphan);
  await until(() => !existsSync(`/proc/${orphan.pid}`));
  const successor = await startFixture("13-reused-pid", [String(orphan.pid)], {
    witnessDir: witness,
  });
  try {
    const { receipt } = await reap(holdfast, number);
    expect(receipt.processes).toMatchObject([
      { end: "gone before", message: expect.stringContaining("another process now") },
    ]);
    expect((await listHeld(witness)).map(({ name }) => name)).toEqual(["reused-pid"]);
  } finally {
    await endFixture(successor);
    await endHolders(witness);
    await rm(witness, { recursive: true });
  }
});

const hierarchy = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) =>
  existsSync(join(path, "cgroup.procs")),
);

test.runIf(isRoot && hierarchy !== undefined)("it moved to another cgroup: refused", async () => {
  const group = join(hierarchy ?? "", `orphan-test-${process.pid}`);
  const orphan = await left.orphan(["sleep", "600"]);
  const { plan: number } = await plan(holdfast, orphan.pid);
  mkdirSync(group);
  try {
    writeFileSync(join(group, "cgroup.procs"), String(orphan.pid));
    const { receipt } = await reap(holdfast, number);
    expect(receipt.processes).toMatchObject([
      { end: "refused", message: expect.stringContaining("moved to cgroup") },
    ]);
    expect(isAlive(orphan)).toBe(true);
  } finally {
    await killLive(orphan);
    await until(() => !existsSync(`/proc/${orphan.pid}`));
    rmdirSync(group);
  }
});
