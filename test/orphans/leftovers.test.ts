import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterEach, expect, test } from "vitest";
import type { Leftovers, OrphanPlan } from "../../src/client/client.ts";
import { inFirstPidNamespace } from "../../src/processes/pids-in-namespaces.ts";
import { startedServer } from "../harness/started-server.ts";
import { endChild } from "./orphan.ts";
import { atOnce, reap } from "./settings.ts";

const holdfast = startedServer(atOnce);

const made: string[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await endChild(child);
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

/** The pid of a process that has ended. The kernel will not reuse it during a test. */
function deadPid(): number {
  return spawnSync("true").pid;
}

function sharedFile(name: string): string {
  const path = join("/dev/shm", name);
  // If other users could open it, a process that this user may not inspect could hold it.
  writeFileSync(path, "x".repeat(5000), { mode: 0o600 });
  made.push(path);
  return path;
}

/** A Python process that has printed `line` and continues. */
async function python(code: string): Promise<{ child: ChildProcess; line: string }> {
  const child = spawn("/usr/bin/python3", ["-c", code], { stdio: ["pipe", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { child, line };
  throw new Error("python ended without output");
}

async function listed(name: string): Promise<Leftovers["leftovers"][number] | undefined> {
  const { stdout } = await holdfast.run("orphans", "leftovers", "--json");
  return (JSON.parse(stdout) as Leftovers).leftovers.find((one) => one.name === name);
}

/** Only what a test has made; the rest of the machine is ignored. */
async function planned(...names: string[]): Promise<{ plan: number; names: string[] }> {
  const { stdout } = await holdfast.run("orphans", "plan", "--leftovers", "--json");
  const plan = JSON.parse(stdout) as OrphanPlan;
  const mine = plan.leftovers.filter(({ name }) => names.includes(name));
  const file = join(holdfast.stateDir, `orphans/plan-${plan.plan}.json`);
  writeFileSync(file, JSON.stringify({ ...plan, leftovers: mine }));
  return { plan: plan.plan, names: mine.map(({ name }) => name) };
}

test.runIf(inFirstPidNamespace())(
  "shared memory whose maker has ended and that no process holds is proven, planned and removed",
  async () => {
    const pid = deadPid();
    const file = sharedFile(`torch_${pid}_1_2`);
    const semaphore = sharedFile(`sem.loky-${pid}-x`);
    const folder = join("/dev/shm", `joblib_memmapping_folder_${pid}_test`);
    mkdirSync(folder, { mode: 0o700 });
    made.push(folder);
    writeFileSync(join(folder, "array.pkl"), "x".repeat(5000));
    expect((await listed(folder))?.bytes).toBe(5000);
    expect(await listed(file)).toMatchObject({
      kind: "shared memory",
      bytes: 5000,
      makerPid: pid,
      confidence: "proven",
      evidence: [
        `process ${pid}, which made it, is gone: no visible PID namespace has that number`,
        "no living process has it open or mapped",
        expect.stringContaining("last changed"),
      ],
    });
    const { plan, names } = await planned(file, semaphore, folder);
    expect(names.toSorted()).toEqual([file, semaphore, folder].toSorted());
    const dry = await reap(holdfast, plan, "--dry-run");
    expect(dry.receipt.leftovers.map(({ end }) => end)).toEqual(Array(3).fill("would remove"));
    expect([file, semaphore, folder].every((path) => existsSync(path))).toBe(true);
    const { code, receipt } = await reap(holdfast, plan);
    expect(receipt.leftovers.map(({ end }) => end)).toEqual(Array(3).fill("removed"));
    expect([file, semaphore, folder].some((path) => existsSync(path))).toBe(false);
    expect(code).toBe(0);
  },
);

test("files that a process has open or mapped, or whose maker is alive, are not listed", async () => {
  const pid = deadPid();
  const open = sharedFile(`torch_${pid}_open`);
  const mapped = sharedFile(`torch_${pid}_mapped`);
  const folder = join(tmpdir(), `joblib_memmapping_folder_${pid}_held`);
  mkdirSync(folder, { mode: 0o700 });
  made.push(folder);
  await python(`
import mmap, os, sys, time
keep = open("${open}")
file = open("${mapped}", "r+b")
area = mmap.mmap(file.fileno(), 0)
file.close()
os.chdir("${folder}")
print("ready", flush=True)
sys.stdin.read()`);
  const living = sharedFile(`torch_${process.pid}_living`);
  for (const path of [open, mapped, folder, living]) expect(await listed(path)).toBeUndefined();
});

test("a file with an unknown maker is listed, but in no plan", async () => {
  const file = sharedFile("psm_holdfast_test");
  expect(await listed(file)).toMatchObject({
    confidence: "weak",
    makerPid: null,
    evidence: expect.arrayContaining(["its maker is unknown"]),
  });
  expect((await planned(file)).names).toEqual([]);
});

test("a socket on which no process listens any more is removed; a living socket is not listed", async () => {
  const folder = join(tmpdir(), `pymp-holdfast-${process.pid}`);
  mkdirSync(folder, { mode: 0o700 });
  made.push(folder);
  const [dead, living] = [join(folder, "listener-dead"), join(folder, "listener-living")];
  const code = (path: string) => `
import socket, sys
listener = socket.socket(socket.AF_UNIX)
listener.bind("${path}")
listener.listen()
print("ready", flush=True)
sys.stdin.read()`;
  await endChild((await python(code(dead))).child);
  await python(code(living));
  expect(await listed(dead)).toMatchObject({ kind: "socket", confidence: "proven" });
  expect(await listed(living)).toBeUndefined();
  const { plan, names } = await planned(dead, living);
  expect(names).toEqual([dead]);
  expect((await reap(holdfast, plan)).receipt.leftovers).toMatchObject([{ end: "removed" }]);
  expect([existsSync(dead), existsSync(living)]).toEqual([false, true]);
});

test("a private System V segment is removed by its id when its maker has ended and no process has it attached", async () => {
  const shmget = `
import ctypes
libc = ctypes.CDLL(None)
print(libc.shmget(0, 65536, 0o1600), flush=True)`;
  const { child, line: id } = await python(shmget);
  if (child.exitCode === null) await once(child, "exit");
  expect(await listed(id)).toMatchObject({
    kind: "System V shared memory",
    bytes: 65_536,
    makerPid: child.pid,
    confidence: "proven",
  });
  const { plan } = await planned(id);
  expect((await reap(holdfast, plan)).receipt.leftovers).toMatchObject([{ end: "removed" }]);
  expect(await listed(id)).toBeUndefined();
});

test.runIf(inFirstPidNamespace())(
  "opened, changed, replaced or removed between plan and reap: refused each time",
  async () => {
    const pid = deadPid();
    const paths = ["opened", "changed", "replaced", "gone"].map((name) =>
      sharedFile(`torch_${pid}_${name}`),
    );
    const [opened = "", changed = "", replaced = "", gone = ""] = paths;
    const { plan, names } = await planned(...paths);
    expect(names.toSorted()).toEqual(paths.toSorted());
    await python(`
import sys
keep = open("${opened}")
print("ready", flush=True)
sys.stdin.read()`);
    writeFileSync(changed, "more", { flag: "a" });
    rmSync(replaced);
    sharedFile("holds_the_inode");
    writeFileSync(replaced, "another");
    rmSync(gone);
    const { code, receipt } = await reap(holdfast, plan);
    const ends = new Map(receipt.leftovers.map(({ name, end }) => [name, end]));
    expect(paths.map((path) => ends.get(path))).toEqual([
      "refused",
      "refused",
      "refused",
      "gone before",
    ]);
    expect([opened, changed, replaced].every((path) => existsSync(path))).toBe(true);
    expect(code).toBe(1);
  },
);
