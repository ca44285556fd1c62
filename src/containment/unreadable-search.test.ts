import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type * as fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

/** What the kernel answers for a path; null: its own answer. */
let refuse: (path: string) => string | null = () => null;

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  const checked =
    <Args extends [unknown, ...unknown[]], Result>(call: (...args: Args) => Result) =>
    (...args: Args) => {
      const code = refuse(String(args[0]));
      if (code !== null) throw Object.assign(new Error(code), { code });
      return call(...args);
    };
  return {
    ...real,
    openSync: checked(real.openSync),
    readFileSync: checked(real.readFileSync as (path: unknown, how: unknown) => unknown),
    readdirSync: checked(real.readdirSync as (path: unknown, how: unknown) => unknown),
    readlinkSync: checked(real.readlinkSync as (path: unknown) => unknown),
  };
});

// Other test files in this process may have loaded them with the real node:fs.
vi.resetModules();
const { hasOpenBelow } = await import("../processes/process-table.ts");
const { readArguments, readCgroup, readCookie, readIgnoresHangup, readOwner } =
  await import("../processes/read-process.ts");
const { attemptSightings } = await import("./attempt-sightings.ts");
const { membersOfContainer } = await import("./containers/container-members.ts");
const { findSurvivors } = await import("./survivors.ts");

const attempt = "0190c0de-0000-7000-8000-0000000000aa";
let child: ChildProcess;

beforeEach(async () => {
  child = spawn("sh", ["-c", "echo up; read x"], {
    env: { ...process.env, HOLDFAST_ATTEMPT: attempt },
    stdio: ["pipe", "pipe", "ignore"],
  });
  if (child.stdout !== null) await once(child.stdout, "data");
});

afterEach(async () => {
  refuse = () => null;
  child.kill("SIGKILL");
  await once(child, "close");
});

const refuseAt = (end: RegExp, code: string) => {
  refuse = (path) => (path.startsWith(`/proc/${child.pid}/`) && end.test(path) ? code : null);
};
const survivors = () =>
  findSurvivors({ attempt, folder: "/nowhere", claim: null, cgroup: null, adopted: null });

describe("a search that cannot read", () => {
  it.each(["EMFILE", "ENFILE", "ENOMEM", "EIO"])("does not say that nothing lives: %s", (code) => {
    expect(survivors()).toHaveLength(1);
    refuseAt(/\/environ$/, code);
    expect(survivors).toThrow(code);
    expect(() => attemptSightings(null)).toThrow(code);
    refuseAt(/\/task$/, code);
    expect(survivors).toThrow(code);
    refuseAt(/\/fd$/, code);
    expect(() => hasOpenBelow(child.pid ?? 0, "/nowhere")).toThrow(code);
    refuseAt(/\/cgroup$/, code);
    expect(() => membersOfContainer("f".repeat(64))).toThrow(code);
  });

  it.each(["EMFILE", "EIO"])("does not say what a process is: %s", (code) => {
    const pid = child.pid ?? 0;
    refuseAt(/\/(?:environ|cmdline|status|cgroup)$/, code);
    expect(() => readCookie(pid)).toThrow(code);
    expect(() => readArguments(pid)).toThrow(code);
    expect(() => readOwner(pid)).toThrow(code);
    expect(() => readCgroup(pid)).toThrow(code);
    expect(() => readIgnoresHangup(pid)).toThrow(code);
  });

  it.each(["ENOENT", "ESRCH", "EACCES", "EPERM"])("continues after %s", (code) => {
    refuseAt(/\/(?:environ|fd|cgroup)$/, code);
    expect(survivors()).toEqual([]);
    expect(hasOpenBelow(child.pid ?? 0, "/nowhere")).toBe(false);
    expect(membersOfContainer("f".repeat(64))).toEqual([]);
    expect(attemptSightings(null).filter((one) => one.attempt === attempt)).toEqual([]);
  });
});
