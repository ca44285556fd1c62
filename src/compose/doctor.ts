import type { Config } from "../config/config.ts";
import { Baselines } from "../doctor/baselines.ts";
import { makeDoctor, type Doctor } from "../doctor/doctor.ts";
import { realMachine } from "../doctor/machine.ts";
import type { Sources } from "../doctor/scope.ts";
import { doctorSettings } from "../doctor/settings.ts";
import type { Clock } from "../system/clock.ts";

/** The doctor of this machine. `sources`: where it learns of jobs, store and server. */
export function doctorFrom({ paths, doctor }: Config, clock: Clock, sources: Sources): Doctor {
  return makeDoctor({
    machine: realMachine,
    clock,
    sources,
    baselines: new Baselines(paths.baselinesDir),
    settings: doctorSettings(doctor),
    folders: [paths.stateDir, paths.runtimeDir],
  });
}
