import { doctorFrom } from "../compose/doctor.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { Sources } from "../doctor/scope.ts";
import { checkDatabase } from "../store/check.ts";
import { realClock } from "../system/clock.ts";
import { programsGpus } from "./orphans-here.ts";
import { config, program } from "./serve.ts";

const sources: Sources = {
  gpu: programsGpus,
  server: () => program.ask("server") as ReturnType<Sources["server"]>,
  // Its own reading of the file: a check takes as long as the disk.
  store: async () => checkDatabase(config.paths.database, config.paths.attemptsDir),
  jobs: () => program.ask("jobs") as ReturnType<Sources["jobs"]>,
  orphans: () => program.ask("orphans") as ReturnType<Sources["orphans"]>,
};

let doctor: Doctor | null = null;

/** The doctor as this thread examines the machine; jobs, orphans and GPUs are the program's. */
export function doctorHere(): Doctor {
  return (doctor ??= doctorFrom(config, realClock, sources));
}
