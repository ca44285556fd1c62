import type { Thresholds } from "../contract/doctor-thresholds.ts";
import type { DoctorSettings } from "./scope.ts";

/** The part of the configuration that an examination needs. */
export function doctorSettings(
  section: Thresholds & { window: number; ports: readonly number[] },
): DoctorSettings {
  return { windowMs: section.window, ports: section.ports, thresholds: section };
}
