import { existsSync } from "node:fs";
import { lineOf, namesIn, numberOf } from "./files.ts";

export interface Kfd {
  nodes: { gpuId: string; renderNode: string; withCpu: boolean }[];
  /** Bytes by GPU id; pids of the initial PID namespace. */
  processes: { pid: number; vram: ReadonlyMap<string, number> }[];
  listRead: boolean;
}

/** The compute side of amdgpu: the render node of each GPU, and each process's memory on it. */
export function readKfd(sys: string): Kfd {
  const root = `${sys}/class/kfd/kfd`;
  const nodes = namesIn(`${root}/topology/nodes`).flatMap((name) => {
    const folder = `${root}/topology/nodes/${name}`;
    const properties = lineOf(`${folder}/properties`) ?? "";
    const gpuId = lineOf(`${folder}/gpu_id`);
    const minor = /^drm_render_minor (\d+)$/m.exec(properties)?.[1];
    // A CPU is a node too, with the id 0.
    if (gpuId === null || gpuId === "0" || minor === undefined) return [];
    const cores = Number(/^cpu_cores_count (\d+)$/m.exec(properties)?.[1] ?? "0");
    return [{ gpuId, renderNode: `renderD${minor}`, withCpu: cores > 0 }];
  });
  const processes = namesIn(`${root}/proc`)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      const vram = new Map<string, number>();
      for (const file of namesIn(`${root}/proc/${name}`)) {
        const bytes = file.startsWith("vram_") ? numberOf(`${root}/proc/${name}/${file}`) : null;
        if (bytes !== null) vram.set(file.slice("vram_".length), bytes);
      }
      return { pid: Number(name), vram };
    });
  return { nodes, processes, listRead: existsSync(`${root}/proc`) };
}
