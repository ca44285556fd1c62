import { counted } from "../contract/counted.ts";
import { existsSync, readdirSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { damagedRows, nameOf, type DamagedRow } from "./damaged-rows.ts";
import { standingOf, type StorePlaces } from "./standing.ts";
import { soundnessOf } from "./soundness.ts";

export type StoreCheck =
  | { kind: "sound"; bytes: number }
  | { kind: "unchecked"; why: string }
  | { kind: "none"; why: string }
  | { kind: "damaged"; what: string };

// Checked in a tenth of a second, as when a server starts.
const checkedBytes = 64 * 1024 * 1024;

// SQLITE_CORRUPT, SQLITE_NOTADB
const damageCodes = new Set([11, 26]);

/** Also whether it lacks commits that its journal shows as acknowledged. Writes nothing. */
export function checkStore(places: StorePlaces): StoreCheck {
  const standing = standingOf(places);
  if (standing.kind === "missing") return { kind: "damaged", what: standing.why };
  if (standing.kind === "behind") {
    const { found, end } = standing;
    const what = `it went back in time: it has ${found.commits} of ${end.last} acknowledged commits`;
    return { kind: "damaged", what };
  }
  if (standing.kind === "older") {
    const { found, backup } = standing;
    const what = `it went back in time: it has ${found.commits} commits, and the backup ${backup.path} has ${backup.commits}`;
    return { kind: "damaged", what };
  }
  return checkDatabase(places.database, places.attemptsDir);
}

/** Reads the database, which may be in use, and writes nothing. */
export function checkDatabase(path: string, attemptsDir: string): StoreCheck {
  if (!existsSync(path)) {
    const attempts = existsSync(attemptsDir) ? readdirSync(attemptsDir).length : 0;
    if (attempts === 0) return { kind: "none", why: "this state folder has not been used yet" };
    return {
      kind: "damaged",
      what: `it is missing, but there ${attempts === 1 ? "is" : "are"} ${counted(attempts, "attempt")}`,
    };
  }
  const bytes = statSync(path).size;
  if (bytes > checkedBytes)
    return { kind: "unchecked", why: `a database of ${bytes} bytes takes too long to check` };
  try {
    const db = new DatabaseSync(addressOf(path), { readOnly: true, timeout: 2000 });
    try {
      const messages = db.prepare("PRAGMA integrity_check(100)").all();
      const found = soundnessOf(messages.map((row) => String(row["integrity_check"])));
      if (found.kind !== "sound") return { kind: "damaged", what: found.what };
      const rows = firstDamaged(db);
      return rows.length === 0
        ? { kind: "sound", bytes }
        : { kind: "damaged", what: describeRows(rows) };
    } finally {
      db.close();
    }
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message?: string };
    const what = message ?? String(error);
    return errcode !== undefined && damageCodes.has(errcode & 0xff)
      ? { kind: "damaged", what }
      : { kind: "unchecked", why: `the database cannot be opened: ${what}` };
  }
}

const mostNamed = 3;

function firstDamaged(db: DatabaseSync): DamagedRow[] {
  const found: DamagedRow[] = [];
  for (const row of damagedRows(db)) {
    found.push(row);
    if (found.length > mostNamed) break;
  }
  return found;
}

function describeRows(rows: readonly DamagedRow[]): string {
  const named = rows.slice(0, mostNamed).map((row) => `${nameOf(row)} (${row.columns.join(", ")})`);
  return `rows are not what was written: ${named.join("; ")}${rows.length > mostNamed ? " and more" : ""}`;
}

/** Reading makes SQLite create a WAL beside the file, owned by the reader's user: avoided if there is none. */
function addressOf(path: string): URL {
  const url = pathToFileURL(path);
  if (!existsSync(`${path}-wal`)) url.searchParams.set("immutable", "1");
  return url;
}
