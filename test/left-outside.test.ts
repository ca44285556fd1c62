import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import type { Receipt } from "../src/client/client.ts";
import { hasScikitLearn } from "./harness/requirements.ts";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

async function receiptOf(id: string | number): Promise<Receipt> {
  return JSON.parse((await holdfast.run("receipt", String(id), "--json")).stdout) as Receipt;
}

/** Starts a job that says `line`, and returns what stood behind it. */
async function started(line: RegExp, ...args: string[]): Promise<{ id: number; said: string }> {
  const id = await holdfast.submit(...args);
  const logs = holdfast.start(["logs", "-f", String(id)]);
  const [, said = ""] = await logs.says(line);
  logs.interrupt();
  await logs.ended;
  return { id, said };
}

describe("a daemon that was started on a job's behalf", () => {
  const daemons: ChildProcess[] = [];
  afterEach(async () => {
    for (const daemon of daemons.splice(0)) {
      if (daemon.exitCode !== null || daemon.signalCode !== null) continue;
      daemon.kill("SIGKILL");
      await once(daemon, "exit");
    }
  });

  /** A child of another process, with a job's cookie as its environment. */
  async function daemonWith(cookie: string): Promise<ChildProcess> {
    const daemon = spawn("sh", ["-c", "echo up; exec sleep 1000"], {
      env: { PATH: process.env["PATH"], HOLDFAST_ATTEMPT: cookie },
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    daemons.push(daemon);
    await once(daemon.stdout as NodeJS.ReadableStream, "data");
    return daemon;
  }

  const lives = ({ pid = 0 }: ChildProcess) =>
    existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));

  const sayCookie = ["sh", "-c", 'echo "cookie $HOLDFAST_ATTEMPT"; exec sleep 1000'];

  it("is named in the receipt, with what would stop it, and left alone", async () => {
    const { id, said } = await started(/cookie (\S+)/, ...sayCookie);
    const daemon = await daemonWith(said);
    const old = await daemonWith("11111111-2222-4333-8444-555555555555");
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    const receipt = await receiptOf(id);
    expect(receipt.escaped).toMatchObject([{ pid: daemon.pid, command: "sleep", end: "left" }]);
    expect(receipt.escaped?.[0]?.hint).toMatch(/^(kill \d+|systemctl .*stop .*)$/);
    const page = (await holdfast.run("receipt", String(id))).stdout;
    expect(page).toContain("escaped, not part of the proof");
    expect([lives(daemon), lives(old)]).toEqual([true, true]);
  });

  it("is stopped where the job says so; one with an old cookie is not", async () => {
    const { id, said } = await started(/cookie (\S+)/, "--escaped", "stop", ...sayCookie);
    const daemon = await daemonWith(said);
    const old = await daemonWith("11111111-2222-4333-8444-555555555555");
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect([lives(daemon), lives(old)]).toEqual([false, true]);
    const receipt = await receiptOf(id);
    expect(receipt.escaped).toMatchObject([{ pid: daemon.pid, end: "term", hint: null }]);
  });
});

describe("shared memory", () => {
  const made: string[] = [];
  afterEach(() => {
    for (const path of made.splice(0)) rmSync(path, { force: true });
  });

  const segment = [
    "import os, sys, time",
    "from multiprocessing import shared_memory",
    "s = shared_memory.SharedMemory(create=True, size=1 << 20)",
    "s.buf[:] = b'x' * (1 << 20)",
    "print('segment', s.name, flush=True)",
    "time.sleep(1000)",
  ].join("\n");

  it("of multiprocessing is removed after a KILL; others' of the same kind of name stay", async () => {
    const args = ["/usr/bin/python3", "-c", segment];
    const { id, said } = await started(/segment (\S+)/, ...args);
    const unrelated = `/dev/shm/psm_${randomBytes(4).toString("hex")}`;
    made.push(`/dev/shm/${said}`, unrelated);
    writeFileSync(unrelated, "kept", { mode: 0o600 });
    expect(existsSync(`/dev/shm/${said}`)).toBe(true);
    expect((await holdfast.run("kill", String(id))).code).toBe(0);
    const { sharedMemory } = await receiptOf(id);
    const of = (path: string) => sharedMemory?.find((file) => file.path === path);
    expect(of(`/dev/shm/${said}`)).toMatchObject({ bytes: 1 << 20, removed: true });
    expect(of(unrelated)).toBeUndefined();
    expect([existsSync(`/dev/shm/${said}`), existsSync(unrelated)]).toEqual([false, true]);
  });

  it("of two jobs at once: each loses its own only", async () => {
    const args = ["/usr/bin/python3", "-c", segment];
    const first = await started(/segment (\S+)/, ...args);
    const second = await started(/segment (\S+)/, ...args);
    made.push(`/dev/shm/${first.said}`, `/dev/shm/${second.said}`);
    await holdfast.run("kill", String(first.id));
    expect(existsSync(`/dev/shm/${first.said}`)).toBe(false);
    expect(existsSync(`/dev/shm/${second.said}`)).toBe(true);
    await holdfast.run("kill", String(second.id));
    expect(existsSync(`/dev/shm/${second.said}`)).toBe(false);
  });

  const loky = [
    "import time",
    "from joblib import Parallel, delayed",
    "def work(i):",
    "    print('busy', i, flush=True)",
    "    time.sleep(1000)",
    "Parallel(n_jobs=3)(delayed(work)(i) for i in range(3))",
  ].join("\n");

  it.skipIf(!hasScikitLearn)("of loky's semaphores nothing is left by a killed pool", async () => {
    const { id } = await started(/busy (\d)/, "/usr/bin/python3", "-c", loky);
    const { attempt } = await holdfast.show(id);
    expect((await holdfast.run("kill", String(id))).code).toBe(0);
    const { sharedMemory } = await receiptOf(id);
    const own = (sharedMemory ?? []).filter(({ path }) => path.includes(`-${attempt?.pid}-`));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ removed }) => !removed)).toEqual([]);
    expect(own.filter(({ path }) => existsSync(path))).toEqual([]);
  });
});
