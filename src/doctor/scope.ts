import type { OrphanScan } from "../contract/orphans.ts";
import type { Thresholds } from "../contract/doctor-thresholds.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { StoreCheck } from "../store/check.ts";
import type { Clock } from "../system/clock.ts";
import type { Machine } from "./machine.ts";

/** A job that has an attempt and has not ended, as the server or, without one, its folder tells of it. */
export interface KnownJob {
  id: number;
  state: string;
  attempt: string;
  /** Of its main process. */
  pid: number | null;
  keeperPid: number | null;
  cwd: string | null;
  folder: string;
  /** Null: only a server knows. */
  gpuUuids: readonly string[] | null;
  progress: { done: number; total: number } | null;
}

/** What came of asking the server how it is. */
export type ServerAnswer =
  | { kind: "answered"; status: string; warnings: readonly string[]; tookMs: number }
  /** Nobody is at the socket. */
  | { kind: "down"; words: string }
  /** And never was: this state folder has no database. */
  | { kind: "unused"; words: string }
  | { kind: "hangs"; words: string };

/** What is asked of the rest of Holdfast: by the server from within, by the program over the socket. */
export interface Sources {
  server(): Promise<ServerAnswer>;
  store(): Promise<StoreCheck>;
  /** Jobs whose attempt has not ended, and whether the server or the attempts' folders told. */
  jobs(): Promise<{ jobs: KnownJob[]; from: "server" | "folders" }>;
  /** Null with `why`: could not be searched. */
  orphans(): Promise<{ scan: OrphanScan } | { why: string }>;
  gpu: GpuProbe;
}

export interface DoctorSettings {
  windowMs: number;
  /** Wanted by some job of this machine. */
  ports: readonly number[];
  thresholds: Thresholds;
}

/** One examination: what is looked at, and through what. */
export interface Scope {
  machine: Machine;
  clock: Clock;
  sources: Sources;
  /** Folders that Holdfast itself needs. */
  folders: readonly string[];
  /** As the examination began. */
  jobs: readonly KnownJob[];
  /** Narrowed to this one of them. */
  job: KnownJob | null;
  ports: readonly number[];
  metricsUrl: string | null;
  thresholds: Thresholds;
}
