import type { Config } from "../config/config.ts";
import type { PidNamespace } from "../contract/keeper.ts";
import type { Engines } from "../engines/engines.ts";
import type { GpuProbe } from "../gpu/snapshot.ts";
import type { Reads } from "../reading/reads.ts";
import type { Store } from "../store/store.ts";
import type { Clock } from "../system/clock.ts";
import type { FileInPlace } from "../system/file-in-place.ts";
import type { Ids } from "../system/ids.ts";
import type { Allocations } from "./queue/allocations.ts";
import type { RefusedRecords } from "./attempt/disk-full.ts";
import type { EventHub } from "./event-hub.ts";
import type { Follower } from "./attempt/follower.ts";
import type { HeldGpus } from "./gpu/held-gpus.ts";
import type { QueueControl } from "./queue/queue-control.ts";

/** A log that takes an object and a message, such as pino. */
export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/**
 * Everything that the parts of the supervisor share. Built once, in `supervise`, which alone takes it
 * whole. Each verb and each part names what it needs of it (`CancelParts`, `ViewParts`, `FollowParts`),
 * so that it can be read and tested alone.
 */
export interface Context {
  store: Store;
  /** Reads that grow with the history. */
  reads: Reads;
  engines: Engines;
  hub: EventHub;
  clock: Clock;
  ids: Ids;
  config: Config;
  bootId: string;
  /** Of the attempts that this server launches; null: unknown. */
  namespace: PidNamespace | null;
  /** Whether the database, and with it the state folder, is where it was when this server started. */
  database: Pick<FileInPlace, "state" | "now">;
  /** Those that jobs may get. Grows when a driver answers late. */
  gpuUuids: readonly string[];
  gpuProbe: GpuProbe;
  log: Log;
  /** The follower of each attempt that has, or may have, processes; by job. */
  followers: Map<number, Follower>;
  awaitedSampling: { begin(): void };
  allocations: Allocations;
  dispatcher: QueueControl;
  gpuHolds: HeldGpus;
  refusedRecords: RefusedRecords;
}
