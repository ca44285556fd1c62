import type { KnownJobs } from "../compose/orphans.ts";
import type { Config } from "../config/config.ts";
import type { AbandonedAttempt } from "../containment/abandoned.ts";
import type { AttemptSearch } from "../containment/attempt-search.ts";
import type { Doctor } from "../doctor/doctor.ts";
import type { Sources } from "../doctor/scope.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Orphans } from "../orphans/orphans.ts";
import { buildId } from "../system/build-id.ts";
import { builtProgram } from "../system/built-program.ts";
import { FileInPlace } from "../system/file-in-place.ts";
import type { Clock } from "../system/clock.ts";
import { doctorIn } from "./doctor-elsewhere.ts";
import { InspectionThreads } from "./inspection-threads.ts";
import { orphansIn } from "./orphans-elsewhere.ts";
import { searchIn } from "./searches.ts";

/** The start of a server does not wait longer for it. */
const abandonedMs = 5000;

export interface InspectionParts {
  config: Config;
  clock: Clock;
  jobs: KnownJobs;
  gpu: GpuProbe;
  /** Known later than the threads: the supervisor needs their search. */
  sources: () => Omit<Sources, "store">;
  log: { error(details: object, message: string): void };
}

/** What a server finds out about the machine in other threads. */
export interface Inspection {
  search: AttemptSearch;
  orphans: Orphans;
  doctor: Doctor;
  /** Of this user, from an earlier state folder at this path; also those that the store knows. */
  abandoned(): Promise<AbandonedAttempt[]>;
  /** False: a thread could not be ended. */
  close(): Promise<boolean>;
}

export function openInspection(parts: InspectionParts): Inspection {
  const { config, clock, jobs, gpu, sources, log } = parts;
  const threads = new InspectionThreads({
    program: new FileInPlace(builtProgram("inspection")),
    build: buildId,
    config,
    clock,
    answers: {
      findAttempt: jobs.findAttempt,
      adopted: jobs.adopted,
      gpus: () => gpu.snapshot(),
      server: () => sources().server(),
      jobs: () => sources().jobs(),
      orphans: () => sources().orphans(),
    },
  });
  return {
    search: searchIn(threads, clock),
    orphans: orphansIn(threads, (err) => log.error({ err }, "a watch for orphans has ended")),
    doctor: doctorIn(threads),
    abandoned: () => threads.call("abandoned", [config.paths.stateDir], { timeoutMs: abandonedMs }),
    close: () => threads.close(),
  };
}
