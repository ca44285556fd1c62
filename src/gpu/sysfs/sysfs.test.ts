import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readAmd } from "./amd.ts";
import { readDrm } from "./drm.ts";

let sys: string;
beforeEach(() => {
  sys = mkdtempSync(join(tmpdir(), "holdfast-sys-"));
});
afterEach(() => rmSync(sys, { recursive: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(sys, path)), { recursive: true });
  writeFileSync(join(sys, path), `${text}\n`);
}

function card(
  number: number,
  driver: string,
  address: string,
  files: Record<string, string>,
): void {
  const folder = `devices/pci/${address}`;
  for (const [name, text] of Object.entries(files)) put(`${folder}/${name}`, text);
  mkdirSync(join(sys, folder, "drm", `renderD${128 + number}`), { recursive: true });
  mkdirSync(join(sys, "bus/drivers", driver), { recursive: true });
  symlinkSync(`../../../bus/drivers/${driver}`, join(sys, folder, "driver"));
  mkdirSync(join(sys, `class/drm/card${number}`), { recursive: true });
  symlinkSync(`../../../${folder}`, join(sys, `class/drm/card${number}/device`));
}

it("AMD's GPUs are read from the files of amdgpu and KFD", () => {
  card(1, "amdgpu", "0000:03:00.0", {
    unique_id: "1a2b3c4d5e6f7788",
    product_name: "AMD Instinct MI210",
    mem_info_vram_total: "68702699520",
    mem_info_vram_used: "1085440",
    gpu_busy_percent: "7",
    "hwmon/hwmon3/temp1_input": "36000",
    "hwmon/hwmon3/temp1_crit": "100000",
    "hwmon/hwmon3/power1_average": "41000000",
    "hwmon/hwmon3/power1_cap": "300000000",
    "hwmon/hwmon3/freq1_input": "800000000",
    vendor: "0x1002",
  });
  put("class/kfd/kfd/topology/nodes/0/gpu_id", "0");
  put("class/kfd/kfd/topology/nodes/1/gpu_id", "4098");
  put("class/kfd/kfd/topology/nodes/1/properties", "cpu_cores_count 0\ndrm_render_minor 129");
  put("class/kfd/kfd/proc/812/vram_4098", "1048576");
  put("class/kfd/kfd/proc/813/vram_4098", "0");
  const { devices, problem } = readAmd(sys);
  expect(problem).toBeNull();
  expect(devices).toMatchObject([
    {
      uuid: "GPU-1a2b3c4d5e6f7788",
      index: 0,
      vendor: "amd",
      model: "AMD Instinct MI210",
      pciAddress: "0000:03:00.0",
      deviceFiles: ["/dev/dri/card1", "/dev/dri/renderD129"],
      memory: { totalBytes: 68702699520, usedBytes: 1085440, freeBytes: 68701614080 },
      memoryIsShared: false,
      utilisation: { gpuPercent: 7, memoryPercent: null },
      temperature: { celsius: 36, slowdownMarginCelsius: 64 },
      clocks: { smMHz: 800, memoryMHz: null },
      power: { drawMilliwatts: 41_000, limitMilliwatts: 300_000 },
      throttle: { bits: null, reasons: null },
      processListRead: true,
      // A process with KFD open and no memory is not a holder.
      listed: [{ pid: 812, usedBytes: 1048576, how: "kfd" }],
    },
  ]);
});

it("an AMD GPU without an id, KFD or sensors is identified by its PCI address, and the rest is null", () => {
  card(0, "amdgpu", "0000:c1:00.0", { uevent: "DRIVER=amdgpu\nPCI_ID=1002:15BF" });
  expect(readAmd(sys).devices).toMatchObject([
    {
      uuid: "pci-0000:c1:00.0",
      model: "AMD GPU 1002:15bf",
      memory: { totalBytes: null, usedBytes: null },
      memoryIsShared: null,
      temperature: { celsius: null },
      processListRead: false,
      listed: [],
    },
  ]);
});

it("other GPUs are shown by the kernel's generic accounting; a console display is not a GPU", () => {
  card(0, "i915", "0000:00:02.0", { vendor: "0x8086" });
  card(1, "amdgpu", "0000:03:00.0", {});
  mkdirSync(join(sys, "class/drm/card2"), { recursive: true });
  mkdirSync(join(sys, "class/drm/card0-HDMI-A-1"), { recursive: true });
  expect(readDrm(sys).devices).toMatchObject([
    { uuid: "pci-0000:00:02.0", vendor: "intel", model: "a GPU of the driver i915" },
  ]);
  expect(readAmd(sys).devices).toHaveLength(1);
});

it("without any GPU AMD's source reports that", () => {
  expect(readAmd(sys)).toMatchObject({ devices: [], problem: { code: null } });
});
