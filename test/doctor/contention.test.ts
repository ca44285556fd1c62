import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DoctorReport } from "../../src/contract/doctor.ts";
import { until } from "../containment/live-process.ts";
import { PrivateServer } from "../harness/private-server.ts";
import { about, examined } from "./examined.ts";

/**
 * Real problems, each in a small cgroup, all at the same time: one examination has to distinguish
 * them, and an examination after they have ended must find none. The thresholds for shared
 * resources are low, so that a busy machine does not affect the result.
 */
const holdfast = new PrivateServer({
  HOLDFAST_DOCTOR_MEMORY_FULL: "3",
  HOLDFAST_DOCTOR_MEMORY_SOME: "3",
  HOLDFAST_DOCTOR_IO_FULL: "3",
  HOLDFAST_ORPHANS_WINDOW: "20ms",
});

const windowMs = 3000;
const tiny = join(holdfast.stateDir, "tiny");
const isRoot = process.getuid?.() === 0;

/** The file does not fit into the page cache, so each pass reads it from the disk again. */
const thrash = `
  dd if=/dev/zero of=big bs=1M count=48 oflag=direct 2>/dev/null
  echo ready
  while :; do cat big >/dev/null; done`;

/** Opens nineteen of twenty descriptors; the interpreter has already read the files it needs. */
const opensFiles = `
import os, time
while len(os.listdir("/proc/self/fd")) < 20: os.open("/dev/null", os.O_RDONLY)
print("ready", flush=True)
time.sleep(300)`;

const small = (script: string) => ["sh", "-c", script];

describe("real problems", () => {
  const jobs = new Map<string, number>();
  let held: Map<string, string>;
  let ill: DoctorReport;
  let well: DoctorReport;
  const subject = (name: string) => `job ${jobs.get(name)}`;
  const byGroup = (what: string) => /^(v1 )?(memory|cpu|pids)\./.test(held.get(what) ?? "");

  const killsOne = () => held.get("memory")?.startsWith("v1 ") === true;

  async function begin(name: string, ...args: string[]): Promise<void> {
    const folder = join(holdfast.stateDir, name);
    if (!existsSync(folder)) mkdirSync(folder);
    jobs.set(name, await holdfast.submit("--grace", "0s", "--cwd", folder, ...args));
  }

  async function ready(name: string): Promise<void> {
    const { attempt } = await holdfast.show(jobs.get(name) ?? 0);
    const log = join(attempt?.folder ?? "", "output.log");
    await until(() => existsSync(log) && readFileSync(log, "utf8").includes("ready"));
  }

  beforeAll(async () => {
    await holdfast.up();
    held = new Map((await holdfast.health()).limits.map(({ what, how }) => [what, how]));
    mkdirSync(tiny);
    if (isRoot) {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", tiny]);
      writeFileSync(join(tiny, "full"), Buffer.alloc((1 << 20) - 8192));
    }
    await begin("quota", "--cpu", "0.1", "--", ...small("echo ready; while :; do :; done"));
    await begin("thrash", "--memory", "16MiB", "--", ...small(thrash));
    // If the kernel kills the whole cgroup, no job is left to examine.
    const greedy = small("echo ready; while :; do tail /dev/zero; sleep 0.2; done");
    if (killsOne()) await begin("greedy", "--memory", "24MiB", "--swap", "0", "--", ...greedy);
    await begin(
      "fsync",
      "--",
      ...small("echo ready; while :; do dd if=/dev/zero of=f bs=4k count=50 oflag=dsync; done"),
    );
    await begin(
      "crowd",
      "--pids",
      "6",
      "--",
      ...small("for n in 1 2 3 4 5; do sleep 300 & done; echo ready; wait"),
    );
    await begin("files", "--rlimit", "nofile=20:20", "--", "python3", "-c", opensFiles);
    await begin("tiny", "--", ...small("echo ready; sleep 300"));
    await begin("calm", "--", ...small("echo ready; sleep 300"));
    for (const name of jobs.keys()) await ready(name);
    ill = (await examined(holdfast, "--window", `${windowMs}ms`)).report;
    for (const id of jobs.values()) await holdfast.run("kill", String(id));
    if (isRoot) rmSync(join(tiny, "full"));
    well = (await examined(holdfast, "--window", "1s")).report;
  });

  afterAll(async () => {
    for (const id of jobs.values()) await holdfast.run("kill", String(id));
    await holdfast.expectNothingLeft();
    if (isRoot) execFileSync("umount", [tiny]);
    rmdirSync(tiny);
    await holdfast.remove();
  });

  it("a CPU limit that repeatedly stops its job", ({ skip }) => {
    skip(!byGroup("cpu"), "no cpu controller");
    expect(about(ill, subject("quota"))).toEqual(["cpu-quota"]);
  });

  it("a memory limit too small for the files of its job", ({ skip }) => {
    skip(!byGroup("memory"), "no memory controller");
    expect(about(ill, subject("thrash"))).toContain("memory-contention");
  });

  it("a job whose processes the kernel kills for memory", ({ skip }) => {
    skip(!killsOne(), "no memory controller of version 1");
    expect(about(ill, subject("greedy"))).toContain("oom-kill");
  });

  it("a job that waits for the disk", () => {
    expect(about(ill, subject("fsync"))).toContain("io-contention");
  });

  it("a job that can hardly start another process", ({ skip }) => {
    skip(!byGroup("pids"), "no pids controller");
    expect(about(ill, subject("crowd"))).toEqual(["few-pids"]);
  });

  it("a process that can hardly open another file", async () => {
    const about20 = ill.verdicts.filter(({ verdict }) => verdict === "few-descriptors");
    expect(about20.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/\(python3\) has (19|20) of at most 20 descriptors/),
    );
  });

  it("a full disk that a job works on", ({ skip }) => {
    skip(!isRoot, "not root");
    expect(about(ill, tiny)).toEqual(["disk-full"]);
  });

  it("no verdict about a sleeping job", () => {
    expect(about(ill, subject("calm"))).toEqual([]);
  });

  it("no verdict about any of them after they have ended", () => {
    for (const name of jobs.keys()) expect(about(well, subject(name))).toEqual([]);
    expect(about(well, tiny)).toEqual([]);
    expect(well.verdicts.map(({ message }) => message).join("\n")).not.toContain("20 descriptors");
  });

  it("each verdict has a figure beyond its threshold", () => {
    for (const { figure, threshold, verdict } of ill.verdicts)
      if (/quota|contention|descriptors|pids/.test(verdict))
        expect(figure, verdict).toBeGreaterThanOrEqual(threshold);
  });
});
