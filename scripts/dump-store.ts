// Writes a database as SQL, for `src/store/old-stores`: `node scripts/dump-store.ts holdfast.db > 016.sql`.
import { DatabaseSync, type SQLOutputValue } from "node:sqlite";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("which database?");
const db = new DatabaseSync(path, { readOnly: true });

const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
const lines = [`PRAGMA user_version = ${version};`];
const all = db
  .prepare("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
  .all();
const own = all.filter(({ name }) => !String(name).startsWith("sqlite_"));
for (const { sql } of own) lines.push(`${String(sql)};`);
const names = own.filter(({ type }) => type === "table").map(({ name }) => String(name));
for (const name of [...names, "sqlite_sequence"])
  for (const row of db.prepare(`SELECT * FROM ${name}`).all())
    lines.push(
      `INSERT INTO ${name} (${Object.keys(row).join(", ")}) VALUES (${Object.values(row).map(literal).join(", ")});`,
    );
process.stdout.write(`${lines.join("\n")}\n`);

function literal(value: SQLOutputValue): string {
  if (value === null) return "NULL";
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString("hex")}'`;
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}
