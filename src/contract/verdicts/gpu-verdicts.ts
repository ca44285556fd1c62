import type { VerdictDefinition } from "./verdict-definition.ts";

/** About GPUs and their driver. */
export const gpuVerdicts = {
  "gpu-probe-unavailable": {
    facet: "gpu-driver",
    severity: "critical",
    means: "there is a GPU, and its driver does not answer or does not match the library",
    needs: "a refusal, a crash or a hang of the probe, with its code",
    not: "a machine without a GPU",
  },
  "gpu-fault": {
    facet: "gpu-driver",
    severity: "critical",
    means: "a GPU reported an error after which it has to be reset",
    needs: "an Xid of 48 74 79 95 119 120 140",
    not: "Xids that a faulty program causes",
  },
  "gpu-lingering-inherited": {
    facet: "gpu-memory",
    severity: "warning",
    means: "the GPU memory of an ended process is held by a process that inherited its descriptor",
    needs: "the driver lists a pid that has ended in two samples 2 s apart, and live holders",
    not: "pids of another PID namespace",
  },
  "gpu-lingering-unowned": {
    facet: "gpu-memory",
    severity: "warning",
    means: "GPU memory is in use and no process holds it",
    needs:
      "more than gpu_lingering beyond all holders in three samples, no process has the device open",
    not: "shared memory, MIG, MPS, an incomplete search for holders",
  },
  "gpu-thermal": {
    facet: "gpu-throttling",
    severity: "warning",
    means: "a GPU is slowed down for heat",
    needs: "its thermal counters grew by gpu_thermal, or thermal bits in three of five samples",
    not: "the hardware-slowdown bit alone, an idle GPU",
  },
  "gpu-power-fault": {
    facet: "gpu-throttling",
    severity: "critical",
    means: "a GPU is slowed down because its power supply requires it",
    needs: "the power-brake bit or counter",
    not: "the software power cap",
  },
  "gpu-power-limited": {
    facet: "gpu-throttling",
    severity: "info",
    means: "a GPU runs at its power limit, with lower clocks",
    needs: "the cap held for gpu_power_cap of the window and the clock below gpu_clock",
    not: "the cap alone",
  },
  "gpu-hot": {
    facet: "gpu-throttling",
    severity: "info",
    means: "a GPU is about to be slowed down for heat",
    needs: "its margin is below gpu_margin",
    not: "",
  },
} as const satisfies Record<string, VerdictDefinition>;
