import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import type { Job, JobProcesses, OrphanScan, Receipt } from "../src/client/client.ts";
import { killLive, until, type LiveProcess } from "./containment/live-process.ts";
import { startedServer } from "./harness/started-server.ts";
import { endChild, isAlive, LeftBehind } from "./orphans/orphan.ts";
import { atOnce } from "./orphans/settings.ts";

const holdfast = startedServer(atOnce);
const left = new LeftBehind();
const trees: { root: ChildProcess; child: LiveProcess }[] = [];
afterEach(async () => {
  for (const { root } of trees.splice(0)) await endChild(root);
  await left.end();
});

/** A shell and its child, started by the test as a user at a terminal would. */
async function foreign(script = 'sleep 600 & echo $!; read line; exit "${line:-0}"') {
  const root = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: root.stdout })) {
    const tree = { root, child: left.know(Number(line)), pid: root.pid ?? 0 };
    trees.push(tree);
    return tree;
  }
  throw new Error("the shell ended without output");
}

async function adopt(pid: number, ...options: string[]): Promise<Job> {
  const { code, stdout, stderr } = await holdfast.run("adopt", ...options, "--json", String(pid));
  expect(stderr).toBe("");
  expect(code).toBe(0);
  const { id } = JSON.parse(stdout) as Job;
  return running(id);
}

/** The job when its keeper has taken the tree. */
async function running(id: number): Promise<Job> {
  for (;;) {
    const job = await holdfast.show(id);
    if (job.state !== "queued" && job.state !== "starting") return job;
  }
}

async function receiptOf(id: number): Promise<Receipt> {
  return JSON.parse((await holdfast.run("receipt", String(id), "--json")).stdout) as Receipt;
}

test("an adopted tree is a job: listed, with its processes, cancelled, with a receipt that says what is weaker", async () => {
  const { root, child, pid } = await foreign();
  const job = await adopt(pid, "--name", "by-hand");
  expect(job).toMatchObject({
    state: "running",
    attempt: { tier: "best effort" },
    spec: { name: "by-hand", adopt: { pid }, command: expect.arrayContaining(["sh"]) },
  });
  expect((await holdfast.run("ls")).stdout).toContain("by-hand");
  expect((await holdfast.run("show", String(job.id))).stdout).toContain("best effort");
  const { processes } = JSON.parse(
    (await holdfast.run("ls", "--tree", String(job.id), "--json")).stdout,
  ) as JobProcesses;
  // The keeper's own follower is not among them.
  expect(new Set(processes.map((one) => one.pid))).toEqual(new Set([pid, child.pid]));
  expect(job.attempt?.pid).toBe(pid);

  const gone = once(root, "exit");
  expect(await holdfast.run("cancel", String(job.id))).toMatchObject({ code: 0 });
  await gone;
  expect(isAlive(child)).toBe(false);
  expect(await holdfast.show(job.id)).toMatchObject({ state: "cancelled", reason: "cancel" });
  const receipt = await receiptOf(job.id);
  expect(receipt.tier).toBe("best effort");
  const phases = receipt.phases.map(({ name }) => name);
  expect(phases).toContain("adopted");
  expect(phases).not.toContain("executed");
  expect(receipt.proof.message).toContain(`adopted process ${pid}`);
  expect(receipt.unproven).toContainEqual(
    expect.objectContaining({ why: expect.stringContaining("it was adopted") }),
  );
  const ended = new Map(receipt.processes.map((one) => [one.pid, one.how]));
  expect(ended).toEqual(
    new Map([
      [pid, "term"],
      [child.pid, "term"],
    ]),
  );
  expect(receipt.ended).toEqual({ self: 0, term: 2, kill: 0, unknown: 0 });
  // Their own parent reaped them: the keeper reaped only its follower.
  expect([receipt.cpuUserUs, receipt.maxRssBytes]).toEqual([null, null]);
});

test("it outlives the server, is known to the next one, and is killed with everything below it", async () => {
  const { child, pid, root } = await foreign('trap "" TERM; sleep 600 & echo $!; wait');
  const { id } = await adopt(pid);
  expect(await holdfast.run("server", "restart")).toMatchObject({ code: 0 });
  expect(await running(id)).toMatchObject({ state: "running" });
  const gone = once(root, "exit");
  expect(await holdfast.run("kill", String(id))).toMatchObject({ code: 0 });
  await gone;
  expect(isAlive(child)).toBe(false);
});

test("when its keeper is killed the job is lost, and what was adopted is stopped like any survivor", async () => {
  const { child, pid, root } = await foreign();
  const { id, attempt } = await adopt(pid);
  const gone = once(root, "exit");
  process.kill(attempt?.keeperPid ?? 0, "SIGKILL");
  await holdfast.run("wait", String(id));
  await gone;
  expect(await holdfast.show(id)).toMatchObject({ state: "lost", reason: "keeper_lost" });
  expect(isAlive(child)).toBe(false);
  expect(await receiptOf(id)).toMatchObject({ tier: "best effort", proof: { kind: "sweep" } });
});

test("its time limit is kept", async () => {
  const { child, pid } = await foreign();
  const { id } = await adopt(pid, "--limit", "100ms");
  await holdfast.run("wait", String(id));
  expect(await holdfast.show(id)).toMatchObject({ state: "timed_out" });
  expect(isAlive(child)).toBe(false);
});

test("after a root ends without a signal its child is waited for; its code is reported or unknown, never invented", async () => {
  const { root, child, pid } = await foreign();
  const { id } = await adopt(pid);
  root.stdin?.write("3\n");
  await once(root, "exit");
  expect(isAlive(child)).toBe(true);
  expect((await holdfast.show(id)).state).toBe("running");
  await killLive(child);
  await holdfast.run("wait", String(id));
  const { state, outcome } = await holdfast.show(id);
  expect([
    ["failed", 3],
    ["lost", null],
  ]).toContainEqual([state, outcome?.code]);
  expect(await holdfast.run("retry", String(id))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("cannot run it again"),
  });
});

test("process 1, a kernel thread, the server, a job's process and what is adopted already are refused", async () => {
  const { pid } = await foreign();
  const { id } = await adopt(pid);
  const server = await holdfast.health();
  const own = await running(await holdfast.submit("--", "sleep", "600"));
  for (const [target, why] of [
    [1, "process 1"],
    [2, "kernel|no process"],
    [server.pid, "server"],
    [own.attempt?.keeperPid ?? 0, "keeper|server"],
    [own.attempt?.pid ?? 0, "keeper|job|server"],
    [pid, `job ${id} has adopted it`],
  ] as const) {
    const { code, stderr } = await holdfast.run("adopt", String(target));
    expect([target, code]).toEqual([target, 1]);
    expect(stderr).toMatch(new RegExp(why));
  }
  await holdfast.run("kill", String(own.id), String(id));
});

test("a process above an adopted process is refused: one job's cancel would end another job", async () => {
  const { pid, child } = await foreign();
  const { id } = await adopt(child.pid);
  const { code, stderr } = await holdfast.run("adopt", String(pid));
  expect(code).toBe(1);
  expect(stderr).toContain(`job ${id} has adopted process ${child.pid}, which is below it`);
  await holdfast.run("kill", String(id));
});

test.runIf(process.getuid?.() === 0)("another user's is refused unless root asks", async () => {
  const { pid } = await foreign(
    "setpriv --reuid=65534 --regid=65534 --clear-groups sleep 600 & echo $!; wait",
  );
  const child = trees.at(-1)?.child.pid ?? 0;
  expect(pid).toBeGreaterThan(1);
  await until(() => uidOf(child) === 65_534);
  expect(await holdfast.run("adopt", String(child))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("user 65534's"),
  });
  const job = await adopt(child, "--all-users");
  expect(await holdfast.run("cancel", String(job.id))).toMatchObject({ code: 0 });
});

test("an adopted process is not an orphan, whatever its parent is now", async () => {
  const orphan = await left.orphan(["sleep", "600"]);
  const suspected = async () => {
    const { stdout } = await holdfast.run("orphans", "--json");
    return (JSON.parse(stdout) as OrphanScan).suspects.some(({ root }) => root === orphan.pid);
  };
  expect(await suspected()).toBe(true);
  const { id } = await adopt(orphan.pid);
  expect(await suspected()).toBe(false);
  expect(await holdfast.run("cancel", String(id))).toMatchObject({ code: 0 });
  expect(isAlive(orphan)).toBe(false);
});

function uidOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]);
}

test("above its memory it is stopped", async () => {
  const grow = "import sys; sys.stdin.readline(); keep = bytearray(300 << 20); sys.stdin.read()";
  const { root, pid } = await foreign(`sleep 600 & echo $!; exec /usr/bin/python3 -c '${grow}'`);
  const { id, limits } = await adopt(pid, "--memory", "100MiB");
  expect(limits).toMatchObject([{ what: "memory", how: "polled" }]);
  root.stdin?.write("\n");
  await holdfast.run("wait", String(id));
  expect(await holdfast.show(id)).toMatchObject({ state: "failed", reason: "memory" });
});
