import { describe, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { fakeDevice, FakeGpuProbe, fakeSnapshot } from "./fake-probe.ts";
import { GpuInventory, isAssignable } from "./inventory.ts";

const hung = fakeSnapshot({
  probe: { source: "nvml", state: "hung", reason: "late", code: null, failures: 1, stuckPids: [] },
});

describe("the GPUs that are assigned to jobs", () => {
  it("are those of the first snapshot", async () => {
    const found = fakeSnapshot({ devices: [fakeDevice({ index: 0 }), fakeDevice({ index: 1 })] });
    const inventory = new GpuInventory(new FakeGpuProbe(found), new FakeClock(), () => undefined);
    await inventory.open();
    expect(inventory.uuids).toEqual(found.devices.map(({ uuid }) => uuid));
  });

  it("are waited for only up to the time limit, and are added when the driver answers", async () => {
    const clock = new FakeClock();
    const answer = Promise.withResolvers<typeof hung>();
    const samples: string[] = [];
    const inventory = new GpuInventory(
      { snapshot: () => answer.promise, close: () => undefined },
      clock,
      ({ probe }) => samples.push(probe.state),
    );
    const opened = inventory.open();
    clock.advance(5000);
    await opened;
    expect(inventory.uuids).toEqual([]);
    answer.resolve(fakeSnapshot({ devices: [fakeDevice({})] }));
    await answer.promise;
    await Promise.resolve();
    expect({ samples, found: inventory.uuids.length }).toEqual({ samples: ["ok"], found: 1 });
  });

  it("are queried again while the driver does not answer, but not on a machine without any", async () => {
    const clock = new FakeClock();
    const probe = new FakeGpuProbe(hung, fakeSnapshot({ devices: [fakeDevice({})] }));
    const seen = Promise.withResolvers<void>();
    const inventory = new GpuInventory(probe, clock, ({ devices }) => {
      if (devices.length > 0) seen.resolve();
    });
    await inventory.open();
    clock.advance(60_000);
    await seen.promise;
    expect(inventory.uuids).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("are of one kind, and have a UUID that a runtime knows", () => {
    const nvidia = fakeDevice({});
    const amd = fakeDevice({ vendor: "amd", uuid: "GPU-00aabbccddeeff00" });
    const intel = fakeDevice({ vendor: "intel", uuid: "pci-0000:00:02.0" });
    const broken = fakeDevice({ uuid: "unreadable-3" });
    const given = (...devices: (typeof nvidia)[]) =>
      devices.filter((device) => isAssignable(device, { devices })).map(({ uuid }) => uuid);
    expect(given(nvidia, amd, intel, broken)).toEqual([nvidia.uuid]);
    expect(given(amd, intel)).toEqual([amd.uuid]);
  });
});
