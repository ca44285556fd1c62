import { describe, expect, it } from "vitest";
import { fakeDevice, fakeSnapshot } from "../gpu/fake-probe.ts";
import type { OrphanScan } from "../contract/orphans.ts";
import { FakeExamination, scanOf } from "./testing/fake-examination.ts";
import { cpuTexts, pressureTexts } from "./testing/healthy-machine.ts";

const facetOf = (report: Awaited<ReturnType<FakeExamination["examine"]>>, name: string) =>
  report.facets.find(({ facet }) => facet === name);

describe("an examination", () => {
  it("samples at both ends of the window, some facets every 2 s, and reports its progress", async () => {
    const exam = new FakeExamination();
    const report = await exam.examine(10_000);
    expect(report).toMatchObject({ windowMs: 10_000, samples: 6, endedEarly: false });
    expect(facetOf(report, "cpu")?.samples).toBe(2);
    expect(facetOf(report, "gpu-memory")?.samples).toBe(6);
    expect(exam.reported).toEqual([0, 2000, 4000, 6000, 8000, 10_000]);
  });

  it("takes at most 31 samples, however long the window is", async () => {
    const report = await new FakeExamination().examine(3_600_000);
    expect(report.samples).toBe(31);
  });

  it("judges the samples taken so far if it is ended early", async () => {
    const exam = new FakeExamination();
    exam.evenly(20, (second) => cpuTexts({ busyTicks: second * 200, idleTicks: 0 }));
    exam.evenly(20, (second) => pressureTexts("cpu", { someUs: second * 900_000 }));
    const end = new AbortController();
    exam.clock.after(5000, () => end.abort());
    const report = await exam.examine(20_000, end.signal);
    expect(report).toMatchObject({ endedEarly: true, windowMs: 5000 });
    expect(report.verdicts[0]).toMatchObject({ verdict: "cpu-contention", figure: 90 });
  });

  it("never reports healthy if it is ended at once", async () => {
    const end = new AbortController();
    end.abort();
    const report = await new FakeExamination().examine(20_000, end.signal);
    expect(report.summary).toBe("no problem found");
    expect(facetOf(report, "cpu")?.why.join()).toContain("shorter than 500 ms");
  });

  it("continues and reports it when a facet cannot be read", async () => {
    const exam = new FakeExamination();
    exam.gpu.snapshot = () => Promise.reject(new Error("the probe is gone"));
    const report = await exam.examine();
    expect(facetOf(report, "gpu-memory")).toMatchObject({
      state: "not measured",
      why: ["it could not be read: the probe is gone"],
    });
    expect(report).toMatchObject({
      summary: "no problem found",
      message: "no problem found; 3 facets not measured",
    });
  });

  it("ranks the most severe verdict first", async () => {
    const exam = new FakeExamination();
    exam.server = { kind: "down", message: "no process listens" };
    exam.store = { kind: "damaged", what: "a page" };
    exam.machine.said.set("timedatectl show -p NTPSynchronized --value", "no\n");
    expect(await exam.verdicts()).toEqual(["store-damaged", "server-down", "clock-unsynchronised"]);
  });
});

describe("an examination that could not measure everything is not healthy", () => {
  it.each([
    ["cpu", "/proc/pressure/cpu", "the kernel reports no cpu pressure for the machine"],
    ["memory", "/proc/pressure/memory", "the kernel reports no memory pressure for the machine"],
    ["io", "/proc/pressure/io", "the kernel reports no io pressure for the machine"],
    ["memory", "/proc/vmstat", "the kernel does not count the processes it kills for memory"],
    ["pids", "/proc/loadavg", "/proc does not report the machine's task limit"],
    ["descriptors", "/proc/sys/fs/file-nr", "/proc/sys/fs/file-nr cannot be read"],
  ])("%s without %s", async (facet, path, why) => {
    const exam = new FakeExamination();
    exam.machine.texts.delete(path);
    const report = await exam.examine();
    expect(facetOf(report, facet)?.why).toContain(why);
    expect(facetOf(report, facet)?.state).toMatch(/not measured|partly/);
    expect(report.summary).toBe("no problem found");
  });

  it("sensors, a time service, a disk that does not answer, orphans that cannot be searched", async () => {
    const exam = new FakeExamination();
    for (const path of exam.machine.texts.keys())
      if (/thermal|hwmon|cpufreq/.test(path)) exam.machine.texts.delete(path);
    exam.machine.said.clear();
    exam.machine.spaces.clear();
    exam.orphans = { why: "forbidden" };
    const report = await exam.examine();
    const not = report.facets.filter(({ state }) => state === "not measured");
    expect(not.map(({ facet }) => facet)).toEqual(["orphans", "cpu-heat", "temperature", "disk"]);
    expect(facetOf(report, "clock")?.state).toBe("partly measured");
    expect(report.verdicts).toEqual([]);
  });

  it("holders of GPU memory that are not all visible", async () => {
    const exam = new FakeExamination();
    const { holderSight, ...rest } = fakeSnapshot({ devices: [fakeDevice({})] });
    const sight = { ...holderSight, complete: false, reason: "12 processes of other users" };
    exam.gpu.next.push({ ...rest, holderSight: sight });
    const report = await exam.examine();
    expect(facetOf(report, "gpu-memory")).toMatchObject({ state: "partly measured" });
    expect(report.summary).toBe("no problem found");
  });

  it("the GPUs of a job, without a server", async () => {
    const exam = new FakeExamination();
    exam.job = exam.runJob({ gpuUuids: null });
    const report = await exam.examine();
    expect(facetOf(report, "gpu-memory")).toMatchObject({ state: "not measured" });
  });

  it("a GPU figure that the driver does not report", async () => {
    const exam = new FakeExamination();
    const device = fakeDevice({});
    const memory = { ...device.memory, usedBytes: null };
    exam.gpu.next.push(fakeSnapshot({ devices: [{ ...device, memory }] }));
    const report = await exam.examine();
    expect(facetOf(report, "gpu-memory")).toMatchObject({ state: "not measured" });
  });
});

describe("an examination of one job", () => {
  it("counts young candidates separately from the suspects", async () => {
    const exam = new FakeExamination();
    const young = [{ confidence: "young" }] as OrphanScan["young"];
    exam.orphans = { scan: scanOf([], young) };
    const { figures, state } = facetOf(await exam.examine(), "orphans") ?? {};
    expect(state).toBe("measured");
    const count = (figure: string) => figures?.find(({ name }) => name === figure)?.value;
    expect([count("orphans.suspects"), count("orphans.young")]).toEqual([0, 1]);
  });

  it("skips the facets of the machine and shows the job's own figures", async () => {
    const exam = new FakeExamination();
    exam.job = exam.runJob({ progress: { done: 3, total: 9 } });
    const report = await exam.examine();
    const names = report.facets.map(({ facet }) => facet);
    expect(names).toContain("throughput");
    expect(names).not.toContain("orphans");
    expect(names).not.toContain("clock");
    expect(report.jobId).toBe(4);
  });

  it("examines only the GPUs of the job", async () => {
    const exam = new FakeExamination();
    const [a, b] = [fakeDevice({ index: 0 }), fakeDevice({ index: 1 })];
    exam.job = exam.runJob({ gpuUuids: [b.uuid] });
    exam.gpu.next.push(fakeSnapshot({ devices: [a, b] }));
    const figures = facetOf(await exam.examine(), "gpu-throttling")?.figures ?? [];
    expect(new Set(figures.map(({ subject }) => subject))).toEqual(new Set([b.uuid]));
  });

  it("reads the job's throughput and latency from its metrics", async () => {
    const exam = new FakeExamination();
    exam.job = exam.runJob();
    exam.metricsUrl = "http://127.0.0.1:8000/metrics";
    const page = (requests: number) =>
      `# TYPE r histogram\nr_seconds_count{a="1"} ${requests}\nr_seconds_sum ${requests / 4}\n`;
    exam.machine.pages.set(exam.metricsUrl, page(100));
    exam.clock.after(5000, () => exam.machine.pages.set(exam.metricsUrl ?? "", page(300)));
    const { figures, state } = facetOf(await exam.examine(), "throughput") ?? {};
    expect(state).toBe("measured");
    expect(figures).toContainEqual({
      name: "throughput.metric",
      subject: "r_seconds_count",
      value: 10,
      unit: "/s",
    });
    expect(figures).toContainEqual({
      name: "throughput.latency",
      subject: "r_seconds",
      value: 250,
      unit: "ms",
    });
  });
});
