import { unlimited } from "../job/limits.ts";
import { defaultCauses } from "../job/retries.ts";
import type { StoredSpec } from "./rows.ts";

/** For a grace that cannot be read: SIGKILL comes neither at once nor never. */
export const defaultGraceMs = 10_000;

/**
 * Replaces a specification that is not what was written. For people it shows what can still be
 * read; fields that decide something get the most careful value: no retry, no lease, no limit.
 */
export function damagedSpec(
  readable: unknown,
  columns: { name: string | null; priority: number; gpus: number },
): StoredSpec {
  const { command, cwd, tags, envNames, name } = (readable ?? {}) as Record<string, unknown>;
  return {
    command: strings(command) ?? ["(unreadable)"],
    name: columns.name ?? (typeof name === "string" ? name : null),
    cwd: typeof cwd === "string" ? cwd : "/",
    envNames: strings(envNames) ?? [],
    tags: strings(tags) ?? [],
    limitMs: null,
    graceMs: defaultGraceMs,
    leaseMs: null,
    leftovers: "stop",
    escaped: "report",
    stopSignal: "TERM",
    stopScope: "all",
    output: "joined",
    outputQuotaBytes: null,
    gpus: columns.gpus,
    priority: columns.priority,
    held: false,
    container: null,
    limits: unlimited,
    strictLimits: false,
    cpus: null,
    nice: null,
    rlimits: {},
    retries: { max: 0, on: [...defaultCauses], delayMs: 10_000 },
  };
}

function strings(value: unknown): string[] | null {
  const fits = Array.isArray(value) && value.every((one) => typeof one === "string");
  return fits && value.length > 0 ? value : null;
}
