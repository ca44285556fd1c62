import { Registry } from "prom-client";
import { expect, it } from "vitest";
import type { Gpus } from "../contract/gpus.ts";
import { fakeDevice } from "../gpu/fake-probe.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { FakeSupervisor } from "./fake-supervisor.ts";
import { addGpuMetrics } from "./gpu-metrics.ts";

const none = new FakeSupervisor().gpusSeen;
const { deviceFiles: _files, persistence: _mode, ...device } = fakeDevice({});
const gpu = { ...device, holders: [], assignable: true, jobId: null, withheld: null };
const seen: Gpus = { ...none, probe: { ...none.probe, source: "nvml", state: "ok" }, gpus: [gpu] };

async function scrape(inspect: () => Promise<Gpus>, clock = new FakeClock()): Promise<string> {
  const registry = new Registry();
  addGpuMetrics(registry, inspect, clock);
  return registry.metrics();
}

it("a GPU's figures are in base units, and come of one sample", async () => {
  let samples = 0;
  const text = await scrape(async () => {
    samples += 1;
    return seen;
  });
  const labels = `gpu="0",uuid="${gpu.uuid}"`;
  expect(text).toContain(`holdfast_gpu_memory_bytes{${labels}} ${80 * 2 ** 30}`);
  expect(text).toContain(`holdfast_gpu_power_watts{${labels}} 71`);
  expect(text).toContain(`holdfast_gpu_clock_hertz{${labels},clock="sm"} 345000000`);
  expect(text).toContain(`holdfast_gpu_throttled_seconds_total{${labels},reason="hw_thermal"} 0`);
  expect(text).toContain("holdfast_gpu_probe_up 1");
  expect(samples).toBe(1);
});

it("what the driver would not say has no sample", async () => {
  const memory = { totalBytes: null, usedBytes: null, reservedBytes: null, freeBytes: null };
  const text = await scrape(async () => ({ ...seen, gpus: [{ ...gpu, memory }] }));
  expect(text).not.toMatch(/^holdfast_gpu_memory/m);
  expect(text).toMatch(/^holdfast_gpu_holders/m);
});

it("a machine without a GPU has none of them", async () => {
  expect(await scrape(async () => none)).not.toMatch(/^holdfast_gpu/m);
});

it("a driver that hangs does not hold up the others' figures", async () => {
  const clock = new FakeClock();
  const text = scrape(() => Promise.withResolvers<Gpus>().promise, clock);
  await Promise.resolve();
  clock.advance(3000);
  expect(await text).toContain("holdfast_gpu_probe_up 0");
});
