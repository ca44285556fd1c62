import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Job, Receipt } from "../src/client/client.ts";
import { fixturesFolder, makeWitnessDir, waitUntilFree } from "./fixtures/witness.ts";
import { PrivateServer } from "./harness/private-server.ts";
import { startedServer } from "./harness/started-server.ts";

const MiB = 2 ** 20;
const fixture = (name: string) => join(fixturesFolder, name);

/** Touches a page of each of `mib` MiB, and stays. */
const eater = (mib: number) => [
  process.execPath,
  "-e",
  `const held = []; for (let n = 0; n < ${mib}; n += 1) held.push(Buffer.alloc(1 << 20, 1)); setTimeout(() => held, 60000)`,
];

async function receiptOf(holdfast: PrivateServer, id: number | string): Promise<Receipt> {
  const { stdout } = await holdfast.run("receipt", String(id), "--json");
  return JSON.parse(stdout) as Receipt;
}

/** Every cgroup that the attempt was in, as its keeper's claim says. */
function groupsOf(folder: string): string[] {
  const claim = JSON.parse(readFileSync(join(folder, "keeper.json"), "utf8")) as {
    cgroup: string | null;
    cgroup_also: string[];
  };
  return [claim.cgroup, ...claim.cgroup_also].filter((path) => path !== null);
}

/** What a job's message says of a process that was killed for memory: only the kernel's log has its name. */
function victimIn(job: Job, name: string): RegExp {
  return isLogged(job)
    ? new RegExp(`^the kernel killed ${name} \\(pid \\d+\\) for memory`)
    : /^the kernel counted \d+ kills? for memory in the job's cgroup.*does not show which process/;
}

/** Of all kills on the machine, the kernel logs no more than ten in five seconds. */
function isLogged({ attempt }: Job): boolean {
  return kernelLog()
    .split("\n")
    .some((line) => line.includes("oom-kill:") && line.includes(attempt?.id ?? "no attempt"));
}

/** Empty if this user may not read it; then the keeper may not either. */
function kernelLog(): string {
  const { stdout } = spawnSync("dmesg", { encoding: "utf8", maxBuffer: 64 * MiB });
  return stdout ?? "";
}

/** No server runs that could report it, so this polls for the file, for five seconds at most. */
async function untilThere(path: string): Promise<void> {
  for (let tries = 250; !existsSync(path); tries -= 1) {
    if (tries === 0) throw new Error(`${path} did not come`);
    await delay(20);
  }
}

describe("limits that a group holds", () => {
  const holdfast = startedServer();
  let held: Map<string, string>;
  let witnessDir: string;

  beforeAll(async () => {
    const { limits } = await holdfast.health();
    held = new Map(limits.map(({ what, how }) => [what, how]));
  });
  beforeEach(async () => {
    witnessDir = await makeWitnessDir();
  });
  afterEach(() => rmSync(witnessDir, { recursive: true, force: true }));

  const byGroup = (what: string) => /^(v1 )?(memory|cpu|cpuset|pids)\./.test(held.get(what) ?? "");
  const witness = () => ["-e", `WITNESS_DIR=${witnessDir}`];

  it("a leader that takes too much is killed by the kernel, and the receipt has the process, the amount and the limit", async ({
    skip,
  }) => {
    skip(!byGroup("memory"), "no memory controller");
    const id = await holdfast.ended(
      "--memory",
      "64MiB",
      "--swap",
      "0",
      ...witness(),
      fixture("35-oom-leader"),
    );
    await waitUntilFree(witnessDir);
    const job = await holdfast.show(Number(id));
    expect(job).toMatchObject({ state: "failed", reason: "out_of_memory" });
    expect(job.outcome).toMatchObject({ code: null, signal: 9 });
    expect(job.message).toMatch(victimIn(job, "35-oom-leader"));
    expect(job.message).toMatch(/limit 64MiB, peak /);
    const receipt = await receiptOf(holdfast, id);
    expect(receipt.oomKills).toBeGreaterThanOrEqual(1);
    const victim = { pid: job.attempt?.pid, command: "35-oom-leader" };
    expect(receipt.oomVictims).toEqual(isLogged(job) ? [victim] : []);
    expect(receipt.memoryPeakBytes).toBeLessThanOrEqual(64 * MiB);
    expect(receipt.memoryPeakBytes).toBeGreaterThan(32 * MiB);
    expect(receipt.limits[0]).toMatchObject({
      what: "memory",
      wanted: 64 * MiB,
      how: held.get("memory"),
    });
    for (const group of groupsOf(job.attempt?.folder ?? "")) expect(existsSync(group)).toBe(false);
  });

  it("a process cannot make its end look like another process's by its name", async ({ skip }) => {
    skip(!byGroup("memory"), "no memory controller");
    const disguised = join(witnessDir, "x,pid=1,uid=0");
    copyFileSync(fixture("35-oom-leader"), disguised);
    const id = await holdfast.ended("--memory", "64MiB", ...witness(), disguised);
    const job = await holdfast.show(Number(id));
    const { oomVictims } = await receiptOf(holdfast, id);
    const victim = { pid: job.attempt?.pid, command: "x,pid=1,uid=0" };
    expect(oomVictims).toEqual(isLogged(job) ? [victim] : []);
    await waitUntilFree(witnessDir);
  });

  it("a child that takes too much fails the job when its parent fails of it", async ({ skip }) => {
    skip(!byGroup("memory"), "no memory controller");
    const script = `"$0"; exit 3`;
    const args = ["sh", "-c", script, fixture("35-oom-leader")];
    const id = await holdfast.ended("--memory", "64MiB", ...witness(), ...args);
    const job = await holdfast.show(Number(id));
    expect(job).toMatchObject({ state: "failed", reason: "out_of_memory" });
    expect(job.message).toMatch(victimIn(job, "35-oom-leader"));
    await waitUntilFree(witnessDir);
  });

  it("where the kernel kills only the child that takes too much, the parent decides how the job ends", async ({
    skip,
  }) => {
    skip(held.get("memory") !== "v1 memory.limit_in_bytes", "the kernel kills the whole group");
    const args = ["sh", "-c", `"$0"; test $? -eq 137`, fixture("35-oom-leader")];
    const id = await holdfast.ended("--memory", "64MiB", ...witness(), ...args);
    const job = await holdfast.show(Number(id));
    expect(job).toMatchObject({ state: "succeeded", reason: "exited" });
    expect(job.message).toMatch(victimIn(job, "35-oom-leader"));
    expect((await receiptOf(holdfast, id)).oomKills).toBe(1);
    await waitUntilFree(witnessDir);
  });

  it("a KILL by another process does not count as the kernel's", async () => {
    const id = await holdfast.ended("--memory", "64MiB", "--", "sh", "-c", "kill -9 $$");
    const job = await holdfast.show(Number(id));
    expect(job.outcome).toMatchObject({ reason: "exited", signal: 9 });
    expect(await receiptOf(holdfast, id)).toMatchObject({ oomVictims: [] });
  });

  it("what the kernel did while no server ran is in the exit record", async ({ skip }) => {
    skip(!byGroup("memory"), "no memory controller");
    const [running, go] = [join(witnessDir, "running"), join(witnessDir, "go")];
    const script = `: >'${running}'; while [ ! -e '${go}' ]; do sleep 0.05; done; exec "$0"`;
    const args = ["sh", "-c", script, fixture("35-oom-leader")];
    const id = await holdfast.submit("--memory", "64MiB", ...witness(), ...args);
    await untilThere(running);
    const folder = (await holdfast.show(id)).attempt?.folder ?? "";
    await holdfast.run("server", "stop");
    writeFileSync(go, "");
    await untilThere(join(folder, "exit.json"));
    await holdfast.up();
    await holdfast.run("wait", String(id));
    expect(await holdfast.show(id)).toMatchObject({ state: "failed", reason: "out_of_memory" });
    await waitUntilFree(witnessDir);
  });

  it("a fork bomb has no more processes than it may", async ({ skip }) => {
    skip(!byGroup("pids"), "no pids controller");
    const id = await holdfast.ended("--pids", "12", ...witness(), fixture("09-fork-bomb"), "2");
    await waitUntilFree(witnessDir);
    const receipt = await receiptOf(holdfast, id);
    const { attempt } = await holdfast.show(Number(id));
    const roots = groupsOf(attempt?.folder ?? "").map((group) => dirname(group));
    const counted = roots.some((root) => existsSync(join(root, "pids.peak")));
    skip(!counted, "a kernel without pids.peak");
    // It runs until its time is over, so it is at the limit.
    expect(receipt.pidsPeak).toBe(12);
    expect(receipt.limits[0]).toMatchObject({ what: "pids", how: held.get("pids") });
  });

  it("the kernel holds a job back at its share of CPU time, and counts how often", async ({
    skip,
  }) => {
    skip(!byGroup("cpu"), "no cpu controller");
    const busy = "n=0; while [ $n -lt 30000 ]; do n=$((n + 1)); done";
    const id = await holdfast.ended("--cpu", "0.05", "--", "sh", "-c", busy);
    const receipt = await receiptOf(holdfast, id);
    expect(receipt.cpuThrottledPeriods).toBeGreaterThan(0);
    expect(receipt.cpuThrottledUs).toBeGreaterThan(0);
    expect(receipt.limits[0]).toMatchObject({ what: "cpu", wanted: 0.05, how: held.get("cpu") });
  });

  it("a job sees the CPUs that it may use, and no others", async () => {
    const { stdout } = await holdfast.run(
      "run",
      "--cpus",
      "0",
      "--",
      "grep",
      "Cpus_allowed_list",
      "/proc/self/status",
    );
    expect(stdout).toBe("Cpus_allowed_list:\t0\n");
  });

  it("waiting for a resource is counted", async ({ skip }) => {
    skip(!existsSync("/proc/pressure"), "a kernel without PSI");
    const { pressure } = await receiptOf(holdfast, await holdfast.ended("true"));
    expect(pressure?.cpu?.someUs).toBeGreaterThanOrEqual(0);
  });

  it("a value that makes no sense is refused, with a value that would", async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await holdfast.run("submit", ...args, "true");
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused("--memory", "100KiB")).toContain("at least 1MiB");
    expect(await refused("--memory", "64")).toContain("512MiB");
    expect(await refused("--cpus", "4000")).toContain("the server can use");
    expect(await refused("--cpu", "4000")).toContain("the server can use");
  });
});

describe("limits without any group", () => {
  const holdfast = new PrivateServer({ HOLDFAST_CONTAINMENT_CGROUP: "off" });
  beforeAll(async () => await holdfast.up());
  afterEach(async () => await holdfast.expectNothingLeft());
  afterAll(async () => await holdfast.remove());

  it("the keeper samples memory and stops the job, and the receipt says so", async () => {
    const id = await holdfast.ended("--memory", "96MiB", "--grace", "1s", "--", ...eater(300));
    const job = await holdfast.show(Number(id));
    expect(job).toMatchObject({ state: "failed", reason: "memory" });
    expect(job.message).toContain("more than 96MiB");
    const { limits } = await receiptOf(holdfast, id);
    expect(limits).toEqual([
      {
        what: "memory",
        wanted: 96 * MiB,
        how: "polled",
        why: expect.stringContaining("once a second") as unknown,
      },
    ]);
  });

  it("CPUs are an affinity", async () => {
    const args = ["--", "grep", "Cpus_allowed_list", "/proc/self/status"];
    const { stdout } = await holdfast.run("run", "--cpus", "0", ...args);
    expect(stdout).toBe("Cpus_allowed_list:\t0\n");
  });

  it("a limit that cannot be applied is left out, and reported at once and in the receipt", async () => {
    const { code, stdout, stderr } = await holdfast.run("submit", "--pids", "5", "true");
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: pids 5 not applied: needs the pids controller/);
    await holdfast.run("wait", stdout.trim());
    const { limits } = await receiptOf(holdfast, stdout.trim());
    expect(limits).toMatchObject([{ what: "pids", wanted: 5, how: "not applied" }]);
  });

  it("or is refused, if the job insists", async () => {
    const { code, stderr } = await holdfast.run("submit", "--strict-limits", "--pids", "5", "true");
    expect(code).toBe(2);
    expect(stderr).toContain("pids 5 is not applied");
    expect(stderr).toContain("without --strict-limits");
  });
});

it("a server that ends without jobs leaves no group behind", async () => {
  const holdfast = new PrivateServer();
  await holdfast.up();
  const id = await holdfast.ended("--memory", "64MiB", "true");
  const job = await holdfast.show(Number(id));
  const roots = groupsOf(job.attempt?.folder ?? "").map((group) => dirname(group));
  for (const root of roots) expect(existsSync(root)).toBe(true);
  await holdfast.run("server", "stop");
  for (const root of roots) expect(existsSync(root)).toBe(false);
  await holdfast.remove();
});

it("a group that cannot be made leaves its limit unapplied, in the receipt too, and fails a job that insists", async ({
  skip,
}) => {
  const holdfast = new PrivateServer();
  await holdfast.up();
  try {
    const { attempt } = await holdfast.show(Number(await holdfast.ended("--pids", "9", "true")));
    const root = groupsOf(attempt?.folder ?? "")
      .map((group) => dirname(group))
      .find((path) => path.includes("/pids/"));
    skip(root === undefined, "no version 1 pids hierarchy");
    // Empty, and of this server alone: from now on the kernel has nowhere to make a group in.
    rmdirSync(root ?? "");
    const id = await holdfast.ended("--pids", "9", "--", "true");
    expect(await holdfast.show(Number(id))).toMatchObject({ state: "succeeded" });
    const { limits } = await receiptOf(holdfast, id);
    expect(limits).toMatchObject([{ what: "pids", how: "not applied" }]);
    const strict = await holdfast.ended("--strict-limits", "--pids", "9", "--", "true");
    const job = await holdfast.show(Number(strict));
    expect(job).toMatchObject({ state: "failed", reason: "launch_failed" });
    expect(job.message).toContain("pids 9 is not applied");
  } finally {
    await holdfast.remove();
  }
});
