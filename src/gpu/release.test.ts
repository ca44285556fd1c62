import { describe, expect, it } from "vitest";
import { baselineOf, type GpuBaseline } from "./baseline.ts";
import { fakeDevice, fakeHolder, fakeSnapshot } from "./fake-probe.ts";
import { judgeRelease } from "./release.ts";
import type { GpuDevice, GpuHolder, GpuSnapshot } from "./snapshot.ts";

const attempt = "11111111-2222-4333-8444-555555555555";
const owner = { attempt, seen: new Set<string>() };
const gib = 2 ** 30;
const { uuid } = fakeDevice({});

const used = (usedBytes: number | null): GpuDevice["memory"] => ({
  totalBytes: 80 * gib,
  usedBytes,
  reservedBytes: 0,
  freeBytes: null,
});

const sample = (device: Partial<GpuDevice>, more: Partial<GpuSnapshot> = {}): GpuSnapshot =>
  fakeSnapshot({ devices: [fakeDevice(device)], ...more });

const before = (device: Partial<GpuDevice> = {}): GpuBaseline => {
  const [baseline] = baselineOf(sample(device), [uuid]);
  if (baseline === undefined) throw new Error("no baseline");
  return baseline;
};

/** The judgement after these samples, one second apart. */
const judged = (baseline: GpuBaseline, samples: readonly GpuSnapshot[], of = owner) =>
  judgeRelease(
    baseline,
    of,
    samples.map((snapshot, second) => ({ atMs: second * 1000, snapshot })),
  );

const times = (count: number, snapshot: GpuSnapshot) =>
  Array.from({ length: count }, () => snapshot);

const processOf = (given: Partial<NonNullable<GpuHolder["process"]>>): GpuHolder["process"] => ({
  ...(fakeHolder({}).process as NonNullable<GpuHolder["process"]>),
  ...given,
});

const own = (given: Partial<GpuHolder> = {}) =>
  fakeHolder({ process: processOf({ attempt }), ...given });
const dead = (pid: number, usedBytes: number | null = gib) =>
  fakeHolder({ pid, start: null, alive: false, process: null, usedBytes, how: ["nvml-compute"] });
const descriptorOnly = (pid: number, comm = "python3") =>
  fakeHolder({ pid, usedBytes: null, how: ["descriptor"], process: processOf({ comm }) });

describe("the memory of a GPU is released", () => {
  it("when as much memory is in use as before", () => {
    expect(judged(before(), [sample({})])).toMatchObject({
      verdict: "released",
      settled: true,
      excessBytes: 0,
    });
  });

  it("when no more memory is left than the driver keeps for itself", () => {
    const small = judged(before(), [sample({ memory: used(100 * 2 ** 20) })]);
    expect(small).toMatchObject({ verdict: "released", excessBytes: 100 * 2 ** 20 });
    // 1 % of 80 GiB.
    expect(judged(before(), [sample({ memory: used(0.8 * gib) })]).verdict).not.toBe("released");
  });

  it("when unrelated processes allocated or freed memory in the meantime", () => {
    const other = fakeHolder({ pid: 7, usedBytes: 5 * gib });
    const came = sample({ memory: used(5 * gib), holders: [other] });
    expect(judged(before(), [came]).verdict).toBe("released");
    const baseline = before({ memory: used(5 * gib), holders: [other] });
    expect(judged(baseline, [sample({})]).verdict).toBe("released");
  });

  it("whatever daemons have the device open", () => {
    const daemons = [descriptorOnly(7, "nvidia-persiste"), descriptorOnly(8, "nv-hostengine")];
    expect(judged(before({ holders: daemons }), [sample({ holders: daemons })]).verdict).toBe(
      "released",
    );
    expect(judged(before(), [sample({ holders: daemons })]).verdict).toBe("released");
  });
});

describe("the memory of a GPU is held", () => {
  it("by a living process of the attempt: by its cookie, its cgroup, or its recorded identity", () => {
    const group = `/holdfast-0123456789ab/${attempt}`;
    const seen = { attempt, seen: new Set(["4242:1000"]) };
    for (const [holder, of] of [
      [own(), owner],
      [fakeHolder({ process: processOf({ cgroup: group }) }), owner],
      [fakeHolder({}), seen],
    ] as const)
      expect(
        judged(before(), [sample({ memory: used(gib), holders: [holder] })], of),
      ).toMatchObject({
        verdict: "held_by_live",
        settled: false,
        excessBytes: gib,
        holders: [{ pid: 4242 }],
      });
  });

  it("by a process of its session or a child of its keeper, if these are known to be alive", () => {
    const running = { keeperPid: 600, session: 700, mainStart: 900 };
    const of = { attempt, seen: new Set<string>(), running };
    const inSession = fakeHolder({ process: processOf({ session: 700 }) });
    const orphan = fakeHolder({ process: processOf({ ppid: 600 }) });
    const elsewhere = "22222222-2222-4333-8444-555555555555";
    const verdict = (holder: GpuHolder, by = of) =>
      judged(before(), [sample({ memory: used(gib), holders: [holder] })], by).verdict;
    expect([verdict(inSession), verdict(orphan)]).toEqual(["held_by_live", "held_by_live"]);
    // Older than the main process, or another attempt's by its cookie.
    expect(verdict({ ...inSession, start: 899 })).toBe("released");
    expect(verdict(fakeHolder({ process: processOf({ session: 700, attempt: elsewhere }) }))).toBe(
      "released",
    );
    expect(verdict(inSession, { attempt, seen: new Set<string>() } as typeof of)).toBe("released");
  });

  it("not by another process with a reused pid", () => {
    const seen = { attempt, seen: new Set(["4242:999"]) };
    const other = sample({ memory: used(gib), holders: [fakeHolder({})] });
    expect(judged(before(), [other], seen).verdict).toBe("released");
  });

  it("by a process that hangs in the kernel, which no signal can end", () => {
    const stuck = own({
      process: processOf({ attempt, state: "D", waitChannel: "uvm_spin_loop" }),
    });
    const verdict = judged(before(), [
      sample({ memory: used(gib), holders: [own({ pid: 1 }), stuck] }),
    ]);
    expect(verdict).toMatchObject({ verdict: "held_unkillable", holders: [{ pid: 4242 }] });
    expect(verdict.message).toContain("uvm_spin_loop");
  });

  it("by a forked child with an inherited descriptor, once two samples show that its parent has ended", () => {
    const held = sample({ memory: used(gib), holders: [dead(812), descriptorOnly(813)] });
    expect(judged(before(), [held])).toMatchObject({ verdict: "unknown", settled: false });
    expect(judged(before(), times(3, held))).toMatchObject({
      verdict: "held_via_inherited_fd",
      deadPids: [812],
      holders: [{ pid: 813 }],
    });
  });

  it("not by a process that had the device open before the attempt began", () => {
    const held = sample({ memory: used(gib), holders: [dead(812), descriptorOnly(813)] });
    expect(judged(before({ holders: [descriptorOnly(813)] }), times(3, held))).toMatchObject({
      verdict: "residual_unattributed",
      holders: [],
      deadPids: [812],
    });
  });

  it("not by a monitoring program, whenever it started", () => {
    const lookers = [descriptorOnly(7, "nvidia-smi"), descriptorOnly(8, "holdfast-gpu")];
    const held = sample({ memory: used(gib), holders: [dead(812), ...lookers] });
    expect(judged(before(), times(3, held))).toMatchObject({
      verdict: "residual_unattributed",
      holders: [],
    });
  });

  it("perhaps by an unrelated process that started since: the verdict is unknown", () => {
    const held = sample({ memory: used(3 * gib), holders: [dead(812), fakeHolder({ pid: 813 })] });
    const verdict = judged(before(), times(3, held));
    expect(verdict).toMatchObject({ verdict: "unknown", deadPids: [812] });
    expect(verdict.message).toContain("813");
  });
});

describe("memory without an owner", () => {
  const left = sample({ memory: used(3 * gib) });

  it("is reported after samples over ten seconds, and not before", () => {
    expect(judged(before(), times(3, left))).toMatchObject({ verdict: "unknown", settled: false });
    expect(judged(before(), times(11, left))).toMatchObject({
      verdict: "residual_unattributed",
      excessBytes: 3 * gib,
    });
  });

  it("is reported only if every sample shows it", () => {
    const samples = [...times(5, left), sample({}), ...times(5, left)];
    expect(judged(before(), samples).verdict).toBe("unknown");
  });

  it.each<[string, Partial<GpuDevice>, Partial<GpuSnapshot>]>([
    [
      "not every process can be inspected",
      {},
      {
        holderSight: {
          searched: true,
          initialPidNamespace: true,
          unreadable: 3,
          complete: false,
          reason: "hidden",
        },
      },
    ],
    ["the driver lists no processes", { processListRead: false }, {}],
    ["the GPU shares the machine's memory", { memoryIsShared: true }, {}],
    ["the GPU is split", { migEnabled: true }, {}],
    [
      "an MPS server holds the memory",
      { holders: [fakeHolder({ pid: 9, mps: true, usedBytes: 0, how: ["nvml-mps"] })] },
      {},
    ],
    [
      "a process has the device open and may have managed memory",
      { holders: [descriptorOnly(9)] },
      {},
    ],
    ["a process has the driver's files open", {}, { unplacedHolders: [descriptorOnly(9)] }],
  ])("is not reported if %s", (_why, device, more) => {
    const samples = times(12, sample({ memory: used(3 * gib), ...device }, more));
    expect(judged(before(), samples)).toMatchObject({ verdict: "unknown", excessBytes: 3 * gib });
  });
});

describe("the verdict is unknown immediately if", () => {
  const cases: [string, GpuBaseline, GpuSnapshot][] = [
    ["the driver gives no figure after", before(), sample({ memory: used(null) })],
    ["the driver gave no figure before", before({ memory: used(null) }), sample({})],
    [
      "an unrelated process's share has no figure",
      before(),
      sample({ memory: used(gib), holders: [fakeHolder({ usedBytes: null })] }),
    ],
    [
      "an unrelated process's share had no figure before",
      before({ memory: used(gib), holders: [fakeHolder({ usedBytes: null })] }),
      sample({}),
    ],
    [
      "a listed process is not visible from here",
      before(),
      sample({
        memory: used(gib),
        holders: [fakeHolder({ alive: null, start: null, process: null })],
      }),
    ],
    ["the GPU is no longer listed", before(), fakeSnapshot({})],
  ];
  it.each(cases)("%s", (_why, baseline, after) => {
    expect(judged(baseline, [after])).toMatchObject({
      verdict: "unknown",
      settled: true,
      excessBytes: null,
    });
  });

  it("a driver hangs, with its reason", () => {
    const hung = fakeSnapshot({
      probe: {
        source: "nvml",
        state: "hung",
        reason: "no answer in 10s",
        code: null,
        failures: 1,
        stuckPids: [],
      },
    });
    expect(judged(before(), [hung])).toMatchObject({
      verdict: "unknown",
      message: "no answer in 10s",
    });
  });
});
