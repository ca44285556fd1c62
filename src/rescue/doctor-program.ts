import type { Config } from "../config/config.ts";
import type { DoctorNews } from "../contract/doctor.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Clock } from "../system/clock.ts";

export interface DoctorProgram {
  config: Config;
  keeperProgram: string;
  clock: Clock;
  gpu: GpuProbe;
  publish: (news: DoctorNews) => void;
  /** Ends the window, or the watch, early. */
  signal: AbortSignal;
}
