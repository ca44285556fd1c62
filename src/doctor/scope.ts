import type { OrphanScan } from "../contract/orphans.ts";
import type { Thresholds } from "../contract/doctor-thresholds.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { StoreCheck } from "../store/check.ts";
import type { Clock } from "../system/clock.ts";
import type { Machine } from "./machine.ts";

/**
 * A job with an attempt that has not ended, from the server's records or, without a server, from
 * its folder.
 */
export interface KnownJob {
  id: number;
  state: string;
  attempt: string;
  /** Pid of its main process. Null: it has no number in this PID namespace, or is unknown. */
  pid: number | null;
  keeperPid: number | null;
  cwd: string | null;
  folder: string;
  /** Null: unknown without a server. */
  gpuUuids: readonly string[] | null;
  progress: { done: number; total: number } | null;
}

/** Result of a health request to the server. */
export type ServerAnswer =
  | { kind: "answered"; status: string; warnings: readonly string[]; tookMs: number }
  /** No process listens on the socket. */
  | { kind: "down"; message: string }
  /** No server has ever used this state folder: it has no database. */
  | { kind: "unused"; message: string }
  | { kind: "hangs"; message: string };

/** Data from the rest of Holdfast: the server reads it directly, the command over the socket. */
export interface Sources {
  server(): Promise<ServerAnswer>;
  store(): Promise<StoreCheck>;
  /**
   * Jobs whose attempt has not ended, and whether they come from the server or the attempts'
   * folders.
   */
  jobs(): Promise<{ jobs: KnownJob[]; from: "server" | "folders" }>;
  /** `why`: the reason that the search was not possible. */
  orphans(): Promise<{ scan: OrphanScan } | { why: string }>;
  gpu: GpuProbe;
}

export interface DoctorSettings {
  windowMs: number;
  /** Ports that some job on this machine should hold. */
  ports: readonly number[];
  thresholds: Thresholds;
}

/** One examination: what is examined, and with which parts. */
export interface Scope {
  machine: Machine;
  clock: Clock;
  sources: Sources;
  /** Folders that Holdfast itself needs. */
  folders: readonly string[];
  /** At the start of the examination. */
  jobs: readonly KnownJob[];
  /** The only job to examine; null: the whole machine. */
  job: KnownJob | null;
  ports: readonly number[];
  metricsUrl: string | null;
  thresholds: Thresholds;
}

/** The one job of the examination, or every job. */
export function examinedJobs({ job, jobs }: Pick<Scope, "job" | "jobs">): readonly KnownJob[] {
  return job === null ? jobs : [job];
}

/** The subject of a figure about the examined job, or about the whole machine. */
export function examined(job: { id: number } | null): "machine" | "job" {
  return job === null ? "machine" : "job";
}
