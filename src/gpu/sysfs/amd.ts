import { type Reading, type ReadDevice, unknownDevice } from "../reading.ts";
import { type Card, listCards } from "./cards.ts";
import { lineOf, namesIn, numberOf } from "./files.ts";
import { readKfd } from "./kfd.ts";

/** AMD's GPUs, from the sysfs files of amdgpu and KFD. Needs no library and no root. */
export function readAmd(sys = "/sys"): Reading {
  const kfd = readKfd(sys);
  const devices = listCards(sys)
    .filter(({ driver }) => driver === "amdgpu")
    .map((card, index) => {
      const device = readCard(card, index);
      const node = kfd.nodes.find(({ renderNode }) => renderNode === card.renderNode);
      device.memoryIsShared = node?.withCpu ?? null;
      device.processListRead = kfd.listRead && node !== undefined;
      if (node !== undefined)
        device.listed = kfd.processes.flatMap(({ pid, vram }) => {
          const usedBytes = vram.get(node.gpuId);
          // Programs that only list GPUs have KFD open too; without memory it holds nothing.
          return usedBytes === undefined || usedBytes === 0 ? [] : [{ pid, usedBytes, how: "kfd" }];
        });
      return device;
    });
  return {
    driverVersion: lineOf(`${sys}/module/amdgpu/version`),
    libraryVersion: null,
    devices,
    problem:
      devices.length === 0 ? { code: null, message: "no amdgpu GPU has a render node" } : null,
  };
}

function readCard({ folder, pciAddress, deviceFiles }: Card, index: number): ReadDevice {
  const uniqueId = lineOf(`${folder}/unique_id`);
  const sensors = `${folder}/hwmon/${namesIn(`${folder}/hwmon`)[0] ?? "none"}`;
  const total = numberOf(`${folder}/mem_info_vram_total`);
  const used = numberOf(`${folder}/mem_info_vram_used`);
  const celsius = scaled(numberOf(`${sensors}/temp1_input`), 1000);
  const critical = scaled(numberOf(`${sensors}/temp1_crit`), 1000);
  return {
    ...unknownDevice({
      // In the form of ROCm's tools, which ROCR_VISIBLE_DEVICES accepts.
      uuid:
        uniqueId !== null && uniqueId !== "0" ? `GPU-${uniqueId}` : `pci-${pciAddress ?? index}`,
      index,
      vendor: "amd",
      model: lineOf(`${folder}/product_name`) || modelOf(folder),
    }),
    pciAddress,
    deviceFiles,
    memory: {
      totalBytes: total,
      usedBytes: used,
      reservedBytes: null,
      freeBytes: total === null || used === null ? null : total - used,
    },
    utilisation: {
      gpuPercent: numberOf(`${folder}/gpu_busy_percent`),
      memoryPercent: numberOf(`${folder}/mem_busy_percent`),
    },
    temperature: {
      celsius,
      slowdownMarginCelsius: celsius === null || critical === null ? null : critical - celsius,
      shutdownMarginCelsius: null,
    },
    clocks: {
      smMHz: scaled(numberOf(`${sensors}/freq1_input`), 1e6),
      memoryMHz: scaled(numberOf(`${sensors}/freq2_input`), 1e6),
      maxSmMHz: null,
      maxMemoryMHz: null,
    },
    power: {
      // Microwatts.
      drawMilliwatts: scaled(
        numberOf(`${sensors}/power1_average`) ?? numberOf(`${sensors}/power1_input`),
        1000,
      ),
      limitMilliwatts: scaled(numberOf(`${sensors}/power1_cap`), 1000),
    },
  };
}

function modelOf(folder: string): string {
  const id = /^PCI_ID=(.+)$/m.exec(lineOf(`${folder}/uevent`) ?? "")?.[1];
  return id === undefined ? "AMD GPU" : `AMD GPU ${id.toLowerCase()}`;
}

function scaled(value: number | null, by: number): number | null {
  return value === null ? null : Math.round(value / by);
}
