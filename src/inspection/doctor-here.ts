import { doctorFrom } from "../compose/doctor.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { Sources } from "../doctor/scope.ts";
import { realClock } from "../system/clock.ts";
import { programsGpus } from "./orphans-here.ts";
import { config, program } from "./serve.ts";

const sources: Sources = {
  gpu: programsGpus,
  server: () => program.ask("server") as ReturnType<Sources["server"]>,
  store: () => program.ask("store") as ReturnType<Sources["store"]>,
  jobs: () => program.ask("jobs") as ReturnType<Sources["jobs"]>,
  orphans: () => program.ask("orphans") as ReturnType<Sources["orphans"]>,
};

let doctor: Doctor | null = null;

/** The doctor as this thread examines the machine; jobs, store, orphans and GPUs are the program's. */
export function doctorHere(): Doctor {
  return (doctor ??= doctorFrom(config, realClock, sources));
}
