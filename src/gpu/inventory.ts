import type { Clock } from "../system/clock.ts";
import type { GpuDevice, GpuProbe, GpuSnapshot } from "./snapshot.ts";

/** The server answers after this time even if the driver does not. */
const timeoutMs = 5000;
const sampleAgainMs = 60_000;

/**
 * Whether it is assigned to jobs: its UUID has to be known to a runtime (CUDA or ROCm). On a
 * machine with NVIDIA GPUs only these are assigned, because a number of GPUs means GPUs of one
 * kind.
 */
export function isAssignable(
  device: GpuDevice,
  { devices }: Pick<GpuSnapshot, "devices">,
): boolean {
  const kind = devices.some(({ vendor }) => vendor === "nvidia") ? "nvidia" : "amd";
  return device.vendor === kind && /^GPU-[0-9a-fA-F-]+$/.test(device.uuid);
}

/** The GPUs that are assigned to jobs, by UUID. The list grows if a driver answers late. */
export class GpuInventory {
  readonly uuids: string[] = [];
  readonly #probe: GpuProbe;
  readonly #clock: Clock;
  readonly #onSample: (snapshot: GpuSnapshot) => void;

  constructor(probe: GpuProbe, clock: Clock, onSample: (snapshot: GpuSnapshot) => void) {
    this.#probe = probe;
    this.#clock = clock;
    this.#onSample = onSample;
  }

  /** Resolves when the GPUs are known, or when the time limit for a hanging driver is over. */
  async open(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#clock.after(timeoutMs, () => late.resolve());
    await Promise.race([this.#sample(), late.promise]);
    timer.cancel();
  }

  async #sample(): Promise<void> {
    const snapshot = await this.#probe.snapshot();
    for (const device of snapshot.devices)
      if (isAssignable(device, snapshot) && !this.uuids.includes(device.uuid))
        this.uuids.push(device.uuid);
    this.#onSample(snapshot);
    const { source, state } = snapshot.probe;
    // Without a sign of a GPU there is nothing to wait for.
    if (source === "none" || state === "ok") return;
    this.#clock.after(sampleAgainMs, () => void this.#sample());
  }
}
