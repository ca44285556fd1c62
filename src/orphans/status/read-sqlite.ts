import { openSync, readSync, closeSync, statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { DatabaseSync } from "node:sqlite";
import { quoted, type Question, type Row } from "./question.ts";

/** Bytes 18 and 19 of the header are 2 if the database uses a write-ahead log. */
const versionsAt = 18;
const walVersion = 2;

/**
 * Writes nothing, not even beside the database. A read-only connection creates missing `-shm` and
 * `-wal` files, and fails if the folder is not writable. Without these files no program has the
 * database open, so it is read as immutable, and the answer counts only if the file has not
 * changed. Throws if it cannot be read.
 */
export function readSqlite(path: string, question: Question): Row[] {
  const before = stampOf(path);
  if (!usesLog(path) || statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined)
    return query(path, question);
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  let rows: Row[] | null = null;
  try {
    rows = query(url, question);
  } catch (error) {
    if (stampOf(path) === before) throw error;
  }
  return rows !== null && stampOf(path) === before ? rows : query(path, question);
}

function query(
  place: string | URL,
  { table, idColumn, statusColumn, ids, timeoutMs }: Question,
): Row[] {
  const database = new DatabaseSync(place, { readOnly: true, timeout: timeoutMs });
  try {
    // A view in a foreign database must not call functions with side effects.
    database.exec("PRAGMA query_only = 1; PRAGMA trusted_schema = 0");
    const [id, status] = [quoted(idColumn), quoted(statusColumn)];
    const statement = database.prepare(
      `SELECT ${id} AS id, ${status} AS status FROM ${table.map(quoted).join(".")} WHERE ${id} IN (SELECT value FROM json_each(?))`,
    );
    statement.setReadBigInts(true);
    return statement
      .all(jsonOf(ids))
      .map(({ id: found, status: value }) => [
        String(found),
        value === null ? null : String(value),
      ]);
  } finally {
    database.close();
  }
}

/**
 * Each id as text and, if it is a number, also as a number: a column without a type does not
 * convert them.
 */
function jsonOf(ids: readonly string[]): string {
  return `[${ids.flatMap((id) => (/^(0|-?[1-9]\d{0,17})$/.test(id) ? [JSON.stringify(id), id] : [JSON.stringify(id)])).join(",")}]`;
}

function usesLog(path: string): boolean {
  const descriptor = openSync(path, "r");
  try {
    const header = Buffer.alloc(versionsAt + 2);
    return (
      readSync(descriptor, header, 0, header.length, 0) === header.length &&
      header.readUInt8(versionsAt) === walVersion
    );
  } finally {
    closeSync(descriptor);
  }
}

/** A value that changes with every write, and when a log is created. Throws if it is not a file. */
function stampOf(path: string): string {
  const found = statSync(path, { bigint: true });
  if (!found.isFile()) throw new Error(`${path} is not a file`);
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false }) !== undefined;
  return `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs} ${log}`;
}
