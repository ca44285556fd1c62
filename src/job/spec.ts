import type { EnvironmentValue, Inherited } from "./inherited.ts";
import type { Adoption } from "./adoption.ts";
import type { ContainerSpec } from "./container.ts";
import type { ResourceLimits } from "./limits.ts";
import type { Retries } from "./retries.ts";

/**
 * Which processes get the first signal: all; the main process first, and the others when it has ended
 * or half of the grace is over; or the main process alone.
 */
export type StopScope = "all" | "main-first" | "main";

/** Of jobs that name none, as all of older servers do. */
export const defaultEngine = "local";

/** What a person asks for. Fixed at submission. */
export interface JobSpec {
  /** The argument vector. Never passes through a shell. */
  command: string[];
  name: string | null;
  /** Absolute. */
  cwd: string;
  /** The payload's whole environment. Values are secrets: they never leave the server again. */
  env: Record<string, EnvironmentValue>;
  tags: string[];
  /** Wall time from exec, paused time not counted. Null: none. */
  limitMs: number | null;
  /** From the first signal to SIGKILL. */
  graceMs: number;
  /** Stop when no server has run for this long. Null: jobs outlive the server. */
  leaseMs: number | null;
  /** What to do with processes that outlive the main process. */
  leftovers: "stop" | "wait";
  /** What to do with processes that carry the attempt's cookie and are none of its own. */
  escaped: "report" | "stop";
  stopSignal: string;
  stopScope: StopScope;
  output: "joined" | "split";
  /** Keep about this much of the tail of each log. Null: everything. */
  outputQuotaBytes: number | null;
  /** Number of whole GPUs to assign. */
  gpus: number;
  /** Higher first; equal ones in order of submission. */
  priority: number;
  /** Wait for `release` before starting. */
  held: boolean;
  /** Null: the command runs on the machine itself. */
  container: ContainerSpec | null;
  limits: ResourceLimits;
  /** Refused, or failed at its launch, when one of its limits cannot be applied at all. */
  strictLimits: boolean;
  /** The CPUs that it may use, as a list (`0-3,8`). */
  cpus: string | null;
  nice: number | null;
  /** `nofile: "1024:4096"`, as in `prlimit(1)`. */
  rlimits: Record<string, string>;
  /** Missing in jobs of older servers. */
  inherited?: Inherited;
  retries: Retries;
  /** Where its attempts run; missing: on this machine. */
  engine?: string;
  /** For a job that adopts; its command is then that of the adopted process. */
  adopt?: Adoption;
}
