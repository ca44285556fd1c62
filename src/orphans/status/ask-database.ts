import type { StatusDatabase } from "../../contract/status-database.ts";
import { builtProgram } from "../../system/built-program.ts";
import { runToEnd } from "../../system/child.ts";
import { readRegularFile } from "../../system/regular-file.ts";
import type { JobStatus } from "../classify.ts";
import type { Answer, Question, Row } from "./question.ts";
import { publicUrl, withoutSecrets } from "./secrets.ts";

// The program has to start first; the connection and the query each have the limit.
const processTimeoutMs = (timeoutMs: number) => 2 * timeoutMs + 5000;
const outputLimitBytes = 16 * 1024 * 1024;
/** Longer ids are not queried: they would cost memory on both sides. */
const longestId = 200;
const longestUrl = 4096;
const urlFileBytes = 64 * 1024;

export interface DatabaseAnswer {
  /** For the ids that the table has. */
  statuses: ReadonlyMap<string, JobStatus>;
  /** Null: the database could be read. */
  problem: string | null;
}

/**
 * Queries all ids at once. Ids that are not in the table are `unknown`; if the table cannot be
 * read, all are.
 */
export async function askDatabase(
  database: StatusDatabase,
  ids: readonly string[],
  {
    program = builtProgram("status-database"),
    env = process.env,
  }: { program?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<DatabaseAnswer> {
  const nothing = new Map<string, JobStatus>();
  const place = locationOf(database, env);
  if ("problem" in place) return { statuses: nothing, problem: place.problem };
  const question: Question = {
    database: place,
    table: database.table.split("."),
    idColumn: database.id_column,
    statusColumn: database.status_column,
    ids: ids.filter((id) => id.length <= longestId && !id.includes("\0")),
    timeoutMs: database.timeout,
  };
  const url = place.kind === "postgres" ? place.url : null;
  try {
    const { stdout, stderr, signal } = await runToEnd(process.execPath, [program], {
      input: JSON.stringify(question),
      timeoutMs: processTimeoutMs(database.timeout),
      wholeGroup: true,
      outputLimitBytes,
      env,
    });
    if (signal !== null) return { statuses: nothing, problem: "it did not answer in time" };
    if (stdout === "") throw new Error(stderr.trim().split("\n").at(-1));
    const answer = JSON.parse(stdout) as Answer;
    return "problem" in answer
      ? { statuses: nothing, problem: answer.problem }
      : { statuses: statusesOf(answer.rows, new Set(database.ended)), problem: null };
  } catch (error) {
    return { statuses: nothing, problem: withoutSecrets((error as Error).message, url) };
  }
}

/** An id has ended only if each of its rows has: a table of attempts has several rows per id. */
export function statusesOf(
  rows: readonly Row[],
  ended: ReadonlySet<string>,
): ReadonlyMap<string, JobStatus> {
  const found = new Map<string, JobStatus>();
  for (const [id, status] of rows) {
    const hasEnded = status !== null && ended.has(status) && found.get(id) !== "running";
    found.set(id, hasEnded ? "ended" : "running");
  }
  return found;
}

/** The database's place, for display: without a password. */
export function describeDatabase(database: StatusDatabase, env: NodeJS.ProcessEnv): string {
  const { sqlite, postgres, postgres_file: file, table } = database;
  if (sqlite !== undefined) return `SQLite ${sqlite}, table ${table}`;
  const from = file ?? (postgres?.startsWith("env:") === true ? postgres : null);
  const place = locationOf(database, env);
  const url = "url" in place ? publicUrl(place.url) : "PostgreSQL";
  return `${url}${from === null ? "" : ` (from ${from})`}, table ${table}`;
}

function locationOf(
  { sqlite, postgres, postgres_file: file }: StatusDatabase,
  env: NodeJS.ProcessEnv,
): Question["database"] | { problem: string } {
  if (sqlite !== undefined) return { kind: "sqlite", path: sqlite };
  const from = file ?? postgres ?? "";
  let url: string;
  try {
    url =
      file === undefined ? fromEnvironment(from, env) : readRegularFile(file, urlFileBytes).trim();
  } catch (error) {
    return { problem: (error as Error).message };
  }
  if (url.length <= longestUrl && /^postgres(ql)?:\/\//.test(url)) return { kind: "postgres", url };
  return { problem: `${from} has no URL: write postgres://USER@HOST/DATABASE` };
}

function fromEnvironment(text: string, env: NodeJS.ProcessEnv): string {
  if (!text.startsWith("env:")) return text;
  const name = text.slice("env:".length);
  const value = env[name];
  if (value === undefined) throw new Error(`the server's environment has no ${name}`);
  return value;
}
