import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "smol-toml";
import { z } from "zod";
import { thresholds, type Threshold, type ThresholdName } from "../contract/doctor-thresholds.ts";
import { automaticClasses } from "../contract/orphan-classes.ts";
import { RefusalError } from "../contract/problems.ts";
import { statusDatabases } from "../contract/status-database.ts";
import { stopScopes } from "../contract/stop-scopes.ts";
import { watchIntervalMs } from "../contract/watch-interval.ts";
import { durationExample, parseDuration, parseSize, sizeExample } from "../contract/units.ts";
import { closedFolder, refuseForeign } from "./ownership.ts";
import { pathsFrom, type Paths } from "./paths.ts";

/** TOML has numbers too, but a number does not say its unit. */
const withUnit = (kind: string, example: string) =>
  z.string({
    error: ({ input }) =>
      typeof input === "number"
        ? `${input} has no unit: write ${kind} as text, such as ${example}`
        : `write ${kind} as text, such as ${example}`,
  });

const duration = withUnit("a duration", '"30s", "10m" or "2h"').transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === null) context.addIssue(`not a duration: write ${durationExample}`);
  return ms ?? 0;
});

/** A list in the file; in the environment its members are separated by commas. */
const listOf = <Member extends string>(member: z.ZodType<Member, string>) =>
  z
    .union([
      z.array(member),
      z
        .string()
        .transform((text) => text.split(",").filter((name) => name !== ""))
        .pipe(z.array(member)),
    ])
    .default([]);

const size = withUnit("a size", '"500MiB" or "16GiB"').transform((text, context) => {
  const bytes = parseSize(text);
  if (bytes === null) context.addIssue(`not a size: write ${sizeExample}`);
  return bytes ?? 0;
});

const schemaOfKind = {
  percent: z.number().min(0).max(100),
  celsius: z.number().min(0).max(200),
  count: z.int().min(0),
  bytes: size,
  duration,
} satisfies Record<Threshold["kind"], z.ZodType<number, number | string>>;

/** Every threshold of the doctor, with its default. */
const thresholdShape = Object.fromEntries(
  Object.entries(thresholds).map(([name, { kind, default: value }]) => [
    name,
    (schemaOfKind[kind] as z.ZodType<number, number | string>).prefault(value),
  ]),
) as Record<ThresholdName, z.ZodPrefault<z.ZodType<number, number | string>>>;

/** A number in the file; in the environment numbers are separated by commas. */
const ports = z
  .union([
    z.array(z.int()),
    z.int().transform((port) => [port]),
    z.string().transform((text) => text.split(",").filter(Boolean).map(Number)),
  ])
  .pipe(z.array(z.int().min(1).max(65_535)))
  .default([]);

/** `config.toml`, section by section. An unknown key is an error, not a silent default. */
export const configSchema = z.strictObject({
  server: z
    .strictObject({
      /** Whether the first command starts the server. */
      autostart: z.boolean().default(true),
      log_level: z.enum(["debug", "info", "warn", "error"]).default("info"),
      /** Size of `server.log` at which it is rotated; 0 is never. */
      log_size: size.prefault("10MiB"),
      /** Number of earlier logs that are kept. */
      log_keep: z.int().min(0).max(100).default(3),
    })
    .prefault({}),
  jobs: z
    .strictObject({
      /** Maximum number of jobs that run at the same time. */
      max_running: z.int().min(1).max(10_000).default(100),
      /** Default time from SIGTERM to SIGKILL. */
      grace: duration.prefault("10s"),
      /** Default for the processes that get the first signal. */
      stop_scope: z.enum(stopScopes).default("main-first"),
      /** Default time limit; 0 is none. */
      limit: duration.prefault("0"),
      /** How long a running job writes nothing before `show` and its followers give a hint; 0 is never. */
      silent_after: duration.prefault("5m"),
      /** Whether values that are recognised as secret stay in the store when their job has ended. */
      keep_secrets: z.boolean().default(false),
      /** Further variables that are secret, by name. */
      secrets: listOf(z.string().min(1)),
      /** How long `--with-server` jobs run on without a server. */
      lease: duration.prefault("30s"),
    })
    .prefault({}),
  output: z
    .strictObject({
      /** Default size of the tail of each log that is kept; 0 is everything. */
      quota: size.prefault("0"),
    })
    .prefault({}),
  history: z
    .strictObject({
      /** Ended jobs older than this are forgotten, with their output; 0 is never. */
      keep_for: duration.prefault("0"),
      /** Maximum number of ended jobs that are kept, the newest; 0 is all. */
      keep_count: z.int().min(0).default(0),
      /** Maximum size of the ended jobs' output that is kept, the newest first; 0 is all. */
      keep_bytes: size.prefault("0"),
    })
    .prefault({}),
  containment: z
    .strictObject({
      /** `auto`: a cgroup where one can be made; `off`: never; or the folder to make them in. */
      cgroup: z.union([z.enum(["auto", "off"]), z.string().startsWith("/")]).default("auto"),
    })
    .prefault({}),
  gpus: z
    .strictObject({
      /** The driver's library (libnvidia-ml), if the loader does not find it. */
      library: z.union([z.literal(""), z.string().startsWith("/")]).default(""),
      /** For an answer of the driver; the first, which wakes it, may take four times as long. */
      probe_timeout: duration.prefault("10s"),
      /** How long an ended job is waited for until the memory of its GPUs is free. */
      release_wait: duration.prefault("15s"),
    })
    .prefault({}),
  orphans: z
    .strictObject({
      /** How old a process is at least before a rule or its cost makes it suspected. */
      min_age: duration.prefault("5m"),
      /** Of one CPU. */
      cpu_percent: z.number().min(0).default(50),
      /** How long a parent has been seen to be gone before a plan takes its child. */
      parent_gone: duration.prefault("30s"),
      /** Over which the use of the CPU is measured. */
      window: duration.prefault("1s"),
      /** Programs that are never suspected, by base name. */
      allow: listOf(z.string().min(1)),
      /** Whether the server scans repeatedly. */
      watch: z.boolean().default(false),
      watch_interval: duration
        .prefault("30s")
        .refine((ms) => ms >= watchIntervalMs.least && ms <= watchIntervalMs.most, "1s to 1h"),
      /** Classes that a watch reaps automatically: `left-by-job`, `left-by-other-runner`, `parent-gone`. */
      watch_reap: listOf(z.enum(automaticClasses)),
      /** How long a watch has to have seen them, at least twice in a row. */
      watch_after: duration.prefault("1m"),
      /** Databases of other systems that say whether their jobs have ended. */
      status: statusDatabases,
    })
    .prefault({}),
  doctor: z
    .strictObject({
      /** Default time between the two samples of each facet. */
      window: duration
        .prefault("20s")
        .refine((ms) => ms >= 500 && ms <= 25_000, "500ms to 25s: longer ones with --window"),
      /** TCP ports that jobs of this machine want: no other process may listen on them. */
      ports,
      /** Interval of the server's automatic examinations; 0 is never. */
      watch: duration
        .prefault("0")
        .refine((ms) => ms === 0 || (ms >= 1000 && ms <= 86_400_000), "0, or 1s to 1d"),
      /** Number of examinations in a row with a verdict that raise it as an alert. */
      raise_after: z.int().min(1).max(1000).default(2),
      /** Number of examinations in a row without it that clear it. */
      clear_after: z.int().min(1).max(1000).default(3),
      /** A program with its arguments that is run for each alert, which it finds on its standard input. */
      alert_command: listOf(z.string()),
      ...thresholdShape,
    })
    .prefault({}),
});

export type Settings = z.output<typeof configSchema>;
export type Config = Readonly<Settings & { paths: Paths }>;

/**
 * defaults < config.toml < environment (`HOLDFAST_JOBS_GRACE=30s`).
 * Validated once and frozen. Throws RefusalError `bad_config` naming the place.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const paths = pathsFrom(env);
  const file = readConfigFile(paths.configFile, env["HOLDFAST_CONFIG"] !== undefined);
  const merged = withEnvironment(file, env);
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    const { issues } = parsed.error;
    // A misspelled key also leaves out the intended key.
    const issue = issues.find(({ code }) => code === "unrecognized_keys") ?? issues[0];
    const place = issue?.path.join(".") ?? "";
    throw badConfig(
      `${paths.configFile}${place === "" ? "" : ` (${place})`}`,
      issue?.message ?? "not valid",
    );
  }
  return deepFreeze({ ...parsed.data, paths });
}

function readConfigFile(path: string, mustExist: boolean): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && !mustExist) return {};
    const closed = code === "EACCES" ? closedFolder(dirname(path)) : null;
    if (closed !== null) refuseForeign(closed.path, closed.uid, "HOLDFAST_CONFIG");
    throw badConfig(path, message);
  }
  try {
    return parse(text);
  } catch (error) {
    throw badConfig(path, (error as Error).message.split("\n")[0] ?? "not TOML");
  }
}

/** `HOLDFAST_<SECTION>_<KEY>` for every key of the schema. */
function withEnvironment(
  file: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...file };
  for (const [section, wrapped] of Object.entries(configSchema.shape)) {
    const shape = wrapped.unwrap().shape as Record<string, z.ZodType>;
    for (const [key, schema] of Object.entries(shape)) {
      const value = env[`HOLDFAST_${section}_${key}`.toUpperCase()];
      if (value === undefined) continue;
      const before = merged[section];
      merged[section] = {
        ...(typeof before === "object" ? before : {}),
        [key]: fromText(value, schema),
      };
    }
  }
  return merged;
}

/** The environment has only text: numbers and booleans are tried where the schema does not take the text. */
function fromText(text: string, schema: z.ZodType): unknown {
  if (schema.safeParse(text).success) return text;
  if (text === "true" || text === "1") return schema.safeParse(true).success ? true : Number(text);
  if (text === "false" || text === "0")
    return schema.safeParse(false).success ? false : Number(text);
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function badConfig(where: string, what: string): RefusalError {
  return new RefusalError({ code: "bad_config", details: { where, what } });
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === "object" && inner !== null) deepFreeze(inner as object);
  return Object.freeze(value);
}
