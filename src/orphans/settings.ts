import type { Config } from "../config/config.ts";
import type { OrphansParts } from "./orphans.ts";

/** The part of the configuration that a scan needs. */
export function orphanSettings(section: Config["orphans"]): OrphansParts["settings"] {
  return {
    minAgeMs: section.min_age,
    cpuPercent: section.cpu_percent,
    parentGoneMs: section.parent_gone,
    windowMs: section.window,
    allow: new Set(section.allow),
  };
}
