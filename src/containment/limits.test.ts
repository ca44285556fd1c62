import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { unlimited } from "../job/limits.ts";
import type { CgroupRoots } from "./cgroup-roots.ts";
import type { VersionOneController } from "./cgroup-v1.ts";
import { alsoGroups, makeGroups } from "./groups.ts";
import {
  applyLimits,
  keepersPart,
  limitAbilities,
  type LimitedSpec,
  planLimits,
} from "./limits.ts";

const GiB = 2 ** 30;
const everything = {
  memoryMaxBytes: 2 * GiB,
  memoryHighBytes: GiB,
  swapMaxBytes: 0,
  cpuCores: 1.5,
  cpuWeight: 50,
  pidsMax: 100,
  ioWeight: 5000,
};

function specWith(change: Partial<LimitedSpec>): LimitedSpec {
  return { limits: unlimited, cpus: null, nice: null, rlimits: {}, ...change };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-limits-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Cgroup roots as a kernel would offer them, in ordinary folders. */
function cgroupRoots(
  v2: string[] | null,
  v1: Partial<Record<VersionOneController, string[]>>,
): CgroupRoots {
  const cgroupRoot = (name: string, files: string[]) => {
    const root = join(folder, name);
    mkdirSync(root);
    return { root, files: new Set(files) };
  };
  return {
    v2: v2 === null ? null : cgroupRoot("v2", v2),
    v1: new Map(
      Object.entries(v1).map(([name, files]) => [
        name as VersionOneController,
        cgroupRoot(name, files),
      ]),
    ),
    why: v2 === null ? "no place" : "a place",
    missing: null,
  };
}

const pure = () =>
  cgroupRoots(
    [
      "memory.max",
      "memory.high",
      "memory.swap.max",
      "cpu.max",
      "cpu.weight",
      "pids.max",
      "cpuset.cpus",
      "io.weight",
    ],
    {},
  );
const hybrid = () =>
  cgroupRoots([], {
    memory: ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"],
    pids: ["pids.max"],
    cpu: ["cpu.cfs_quota_us", "cpu.shares"],
    blkio: ["blkio.bfq.weight"],
  });
const nothing = () => cgroupRoots(null, {});

async function apply(where: CgroupRoots, spec: LimitedSpec) {
  const complaints: string[] = [];
  const groups = await makeGroups(
    where.v2 === null ? null : join(where.v2.root, "attempt"),
    alsoGroups(where, "attempt", spec),
    (text) => complaints.push(text),
  );
  const applied = await applyLimits(where, groups, spec);
  const written = (path: string) => readFileSync(join(folder, path), "utf8");
  return { applied, complaints, written };
}

const how = (limits: readonly { what: string; how: string }[]) =>
  Object.fromEntries(limits.map((limit) => [limit.what, limit.how]));

describe("with every version 2 controller", () => {
  it("each limit is a file of the attempt's group", async () => {
    const { applied, written } = await apply(pure(), specWith({ limits: everything, cpus: "0-3" }));
    expect(how(applied)).toEqual({
      memory: "memory.max",
      memory_high: "memory.high",
      swap: "memory.swap.max",
      cpu: "cpu.max",
      cpu_weight: "cpu.weight",
      pids: "pids.max",
      cpus: "cpuset.cpus",
      io_weight: "io.weight",
    });
    expect(written("v2/attempt/memory.max")).toBe(String(2 * GiB));
    expect(written("v2/attempt/memory.oom.group")).toBe("1");
    expect(written("v2/attempt/memory.swap.max")).toBe("0");
    expect(written("v2/attempt/cpu.max")).toBe("150000 100000");
    expect(written("v2/attempt/io.weight")).toBe("default 5000");
    expect(keepersPart(applied, { limits: everything, cpus: "0-3" })).toEqual({
      memoryGuardBytes: null,
      cpus: null,
    });
  });
});

describe("with version 1 controllers", () => {
  it("each limit takes the file that means the same", async () => {
    const { applied, written } = await apply(hybrid(), specWith({ limits: everything }));
    expect(how(applied)).toEqual({
      memory: "v1 memory.limit_in_bytes",
      memory_high: "not applied",
      swap: "v1 memory.memsw.limit_in_bytes",
      cpu: "v1 cpu.cfs_quota_us",
      cpu_weight: "v1 cpu.shares",
      pids: "v1 pids.max",
      io_weight: "v1 blkio.bfq.weight",
    });
    expect(written("memory/attempt/memory.memsw.limit_in_bytes")).toBe(String(2 * GiB));
    expect(written("cpu/attempt/cpu.shares")).toBe("512");
    expect(written("blkio/attempt/blkio.bfq.weight")).toBe("1000");
  });

  it("swap alone cannot be limited: the file holds the sum with memory", () => {
    const [swap] = planLimits(hybrid(), specWith({ limits: { ...unlimited, swapMaxBytes: GiB } }));
    expect(swap).toMatchObject({ what: "swap", how: "not applied" });
  });

  it("groups are made for what is limited, and for what every receipt counts", () => {
    const where = hybrid();
    expect([...alsoGroups(where, "attempt", specWith({})).keys()]).toEqual(["memory", "pids"]);
    const limited = specWith({ limits: { ...unlimited, cpuCores: 1 } });
    expect([...alsoGroups(where, "attempt", limited).keys()]).toEqual(["memory", "pids", "cpu"]);
    expect([...alsoGroups(where, "attempt", null).keys()]).toHaveLength(4);
  });

  it("a group that cannot be made leaves its limit to the next best way", async () => {
    const where = hybrid();
    rmSync(join(folder, "memory"), { recursive: true });
    const spec = specWith({ limits: { ...unlimited, memoryMaxBytes: GiB } });
    const { applied, complaints } = await apply(where, spec);
    expect(how(applied)).toEqual({ memory: "polled" });
    expect(complaints).toEqual([`${folder}/memory/attempt: ENOENT`]);
    expect(keepersPart(applied, spec).memoryGuardBytes).toBe(GiB);
  });
});

describe("a limit that the kernel refuses", () => {
  it("takes the next best way, and says what was refused", async () => {
    const where = pure();
    const spec = specWith({ limits: { ...unlimited, memoryMaxBytes: GiB }, cpus: "0" });
    // A folder in the file's place: writing it fails.
    mkdirSync(join(folder, "v2/attempt/memory.max"), { recursive: true });
    const groups = { v2: join(folder, "v2/attempt"), v1: new Map() };
    const [memory, cpus] = await applyLimits(where, groups, spec);
    expect(memory).toMatchObject({ how: "polled" });
    expect(memory?.why).toContain("memory.max: EISDIR");
    expect(cpus).toMatchObject({ how: "cpuset.cpus" });
  });
});

describe("without any group", () => {
  it("memory is polled, CPUs are an affinity, and the rest is said not to be applied", async () => {
    const spec = specWith({ limits: everything, cpus: "0-3" });
    const { applied } = await apply(nothing(), spec);
    expect(how(applied)).toEqual({
      memory: "polled",
      memory_high: "not applied",
      swap: "not applied",
      cpu: "not applied",
      cpu_weight: "not applied",
      pids: "not applied",
      cpus: "affinity",
      io_weight: "not applied",
    });
    expect(applied.every(({ why }) => why?.includes("no place"))).toBe(true);
    expect(keepersPart(applied, spec)).toEqual({ memoryGuardBytes: 2 * GiB, cpus: "0-3" });
  });

  it("limits of single processes are there all the same", () => {
    const spec = specWith({ nice: 5, rlimits: { nofile: "64:64" } });
    expect(how(planLimits(nothing(), spec))).toEqual({ nice: "nice", "rlimit nofile": "rlimit" });
  });
});

it.each([
  ["version 2", pure],
  ["version 1", hybrid],
  ["nothing", nothing],
])("with %s what was planned is what is applied, where nothing is refused", async (_, make) => {
  const where = make();
  const spec = specWith({ limits: everything, nice: 1 });
  const planned = planLimits(where, spec);
  expect((await apply(where, spec)).applied).toEqual(planned);
});

it("a machine's abilities name every limit once", () => {
  const abilities = limitAbilities(pure());
  expect(how(abilities)).toMatchObject({ memory: "memory.max", cpus: "cpuset.cpus" });
  expect(abilities).toHaveLength(8);
});
