import { resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openGpuProbe } from "../../src/gpu/open-probe.ts";
import { realClock } from "../../src/system/clock.ts";

const asked = process.env["HOLDFAST_TEST_REAL_GPU"] === "1";

/** On a machine with a GPU: `HOLDFAST_TEST_REAL_GPU=1 npm run test:e2e -- gpu`. */
describe.skipIf(!asked)("the machine's own driver", () => {
  const probe = openGpuProbe(realClock, {
    library: null,
    timeoutMs: 15_000,
    program: resolve(import.meta.dirname, "../../build/gpu-probe.cjs"),
  });
  afterAll(() => probe.close());

  it("reports for each GPU what a decision needs", async () => {
    const { devices, probe: report } = await probe.snapshot();
    expect(report.state).toBe("ok");
    expect(devices).not.toEqual([]);
    for (const { uuid, memory, deviceFiles, holders } of devices) {
      const { totalBytes, usedBytes } = memory;
      expect(uuid).toMatch(/^(GPU|pci)-/);
      expect(totalBytes).toBeGreaterThan(2 ** 28);
      expect(usedBytes).toBeLessThanOrEqual(totalBytes ?? 0);
      expect(deviceFiles).not.toEqual([]);
      for (const { usedBytes: held } of holders)
        expect(held ?? 0).toBeLessThanOrEqual(usedBytes ?? 0);
    }
  });

  it("is queried again without a new session", async () => {
    const first = await probe.snapshot();
    const second = await probe.snapshot();
    expect(second.devices.map(({ uuid }) => uuid)).toEqual(first.devices.map(({ uuid }) => uuid));
    expect(second.probe.failures).toBe(0);
  });
});
