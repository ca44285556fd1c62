import type { AnyFacet } from "./facet.ts";
import { clock } from "./facets/clock.ts";
import { cpuHeat } from "./facets/cpu-heat.ts";
import { cpu } from "./facets/cpu.ts";
import { descriptors } from "./facets/descriptors.ts";
import { disk } from "./facets/disk.ts";
import { gpuDriver } from "./facets/gpu-driver.ts";
import { gpuMemory } from "./facets/gpu-memory.ts";
import { gpuThrottling } from "./facets/gpu-throttling.ts";
import { io } from "./facets/io.ts";
import { memory } from "./facets/memory.ts";
import { orphans } from "./facets/orphans.ts";
import { pids } from "./facets/pids.ts";
import { ports } from "./facets/ports.ts";
import { processes } from "./facets/processes.ts";
import { server } from "./facets/server.ts";
import { store } from "./facets/store.ts";
import { stuck } from "./facets/stuck.ts";
import { temperature } from "./facets/temperature.ts";
import { throughput } from "./facets/throughput.ts";
import { zombies } from "./facets/zombies.ts";

/** Every facet, in display order. */
export const facets: readonly AnyFacet[] = [
  server,
  store,
  processes,
  orphans,
  gpuDriver,
  gpuMemory,
  gpuThrottling,
  cpu,
  cpuHeat,
  temperature,
  memory,
  io,
  disk,
  descriptors,
  pids,
  ports,
  zombies,
  stuck,
  clock,
  throughput,
];
