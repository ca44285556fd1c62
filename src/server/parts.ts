import type { HttpBindings } from "@hono/node-server";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Doctor } from "../doctor/doctor.ts";
import type { StandingDoctor } from "../doctor/standing-watch.ts";
import type { Orphans } from "../orphans/orphans.ts";
import type { StandingWatch } from "../orphans/standing-watch.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { Clock } from "../system/clock.ts";
import type { Ids } from "../system/ids.ts";

/** Where the server logs. A pino logger fits. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the border needs from the rest of the program. */
export interface ServerParts {
  supervisor: Supervisor;
  orphans: Orphans;
  doctor: Doctor;
  standingDoctor: StandingDoctor;
  /** Null: the configuration disables it. */
  standingWatch: StandingWatch | null;
  clock: Clock;
  ids: Ids;
  log: Log;
  /** Of Holdfast. */
  version: string;
  keeperProtocol: number;
  /** Named in a refusal for a full disk. Absolute. */
  stateDir: string;
  /** Whether a process is a command host, whose requests are those of its clients. Default: none is. */
  isCommandHost?: (pid: number) => boolean;
}

/** Streams are written directly to Node's response, which knows when a reader is slow. */
export interface AppEnv {
  Bindings: HttpBindings;
}

export type App = OpenAPIHono<AppEnv>;
