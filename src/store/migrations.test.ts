import { copyFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { jobEvent } from "../contract/event.ts";
import { job as jobView } from "../contract/job.ts";
import { outcomeView } from "../contract/attempt.ts";
import { fromEarlier } from "../contract/earlier-receipt.ts";
import { receipt as receiptSchema } from "../contract/receipt.ts";
import { isTerminal, type State } from "../job/states.ts";
import { damagedRows } from "./damaged-rows.ts";
import { Database } from "./database.ts";
import { fillFromBackup } from "./fill-from-backup.ts";
import { salvage } from "./salvage.ts";
import { schemaVersion } from "./migrations.ts";
import type { Row } from "./row.ts";
import { Store } from "./store.ts";
import { summedTables } from "./sums.ts";

const firstWithSums = 11;
const oldStores = join(import.meta.dirname, "old-stores");

let folder: string;
let path: string;
const stores: Store[] = [];

const begin = () => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-migrations-"));
  path = join(folder, "holdfast.db");
};
const end = () => {
  for (const store of stores.splice(0)) store.close();
  rmSync(folder, { recursive: true });
};

/** Of the present version as well, where its database is there already. */
const versions = readdirSync(oldStores)
  .map((name) => Number.parseInt(name, 10))
  .toSorted((a, b) => a - b);
const fileOf = (version: number) => `${String(version).padStart(3, "0")}.sql`;

/** As the server of that version left it, with jobs that run, wait and have ended. */
function oldDatabase(version: number): DatabaseSync {
  const db = new DatabaseSync(path);
  db.exec(readFileSync(join(oldStores, fileOf(version)), "utf8"));
  expect(db.prepare("PRAGMA user_version").get()).toEqual({ user_version: version });
  return db;
}

function rowsOf(db: DatabaseSync, table: string): Row[] {
  return db.prepare(`SELECT * FROM ${table}`).all();
}

const hasTable = (db: DatabaseSync, table: string) =>
  db.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?").get(table) !== undefined;

/** With their specifications, wherever that version kept them. */
function jobsOf(db: DatabaseSync): Row[] {
  if (!hasTable(db, "documents")) return rowsOf(db, "jobs");
  return db
    .prepare(
      `SELECT jobs.*, specs.document AS spec, environments.document AS env FROM jobs
         JOIN documents AS specs ON specs.hash = spec_hash
         JOIN documents AS environments ON environments.hash = env_hash`,
    )
    .all();
}

/** With their receipts. */
function attemptsOf(db: DatabaseSync): Row[] {
  if (!hasTable(db, "receipts")) return rowsOf(db, "attempts");
  return db
    .prepare("SELECT attempts.*, receipt FROM attempts LEFT JOIN receipts ON attempt = id")
    .all();
}

function open(): Store {
  const store = new Store({ path, soon: (callback) => void setImmediate(callback) });
  stores.push(store);
  return store;
}

const json = (text: unknown) => JSON.parse(String(text)) as Record<string, unknown>;

it("has a database of every earlier version", () => {
  const earlier = Array.from({ length: schemaVersion - 1 }, (_, index) => index + 1);
  expect(versions).toEqual(expect.arrayContaining(earlier));
});

describe.each(versions)("a database of version %i", (version) => {
  let was: Record<"jobs" | "job_tags" | "attempts" | "events", Row[]>;
  let now: Store;

  beforeAll(() => {
    begin();
    const old = oldDatabase(version);
    was = {
      jobs: jobsOf(old),
      job_tags: rowsOf(old, "job_tags"),
      attempts: attemptsOf(old),
      events: rowsOf(old, "events"),
    };
    old.close();
    now = open();
  });
  afterAll(end);

  it("keeps every job, with its specification and environment", () => {
    const { jobs } = was;
    const found = new Set(jobs.map((row) => row["state"] as State));
    expect([...found].filter((state) => !isTerminal(state)).length).toBe(4);
    expect([...found].filter(isTerminal).length).toBe(4);
    for (const row of jobs) {
      const job = now.jobs.get(Number(row["id"]));
      expect(job).toMatchObject({
        state: row["state"],
        reason: row["reason"],
        message: row["message"],
        createdAtMs: row["created_at_ms"],
        startedAtMs: row["started_at_ms"],
        endedAtMs: row["ended_at_ms"],
        stopReason: row["stop_reason"],
        attempt: row["attempt"],
        retryOf: row["retry_of"],
        spec: json(row["spec"]),
        damaged: [],
      });
      expect(job?.outcome).toEqual(row["outcome"] === null ? null : json(row["outcome"]));
      expect(job?.outcome).toEqual(outcomeView.nullable().parse(job?.outcome));
      // Answers show it, and other programs expect every field.
      expect(jobView.shape.spec.parse(job?.spec)).toEqual(job?.spec);
      const env = now.jobs.environmentOf(Number(row["id"]));
      expect(env).toEqual(json(row["env"]));
      expect(env).toMatchObject({ LANG: "C.UTF-8" });
      if (job?.state === "queued") expect(env).toMatchObject({ TOKEN: "not-a-secret" });
    }
    const listed = now.jobs.list({
      states: [],
      tag: null,
      name: null,
      ids: null,
      before: null,
      limit: 100,
    });
    expect(listed.map(({ id }) => id)).toEqual(
      jobs.map(({ id }) => Number(id)).toSorted((a, b) => b - a),
    );
  });

  it("keeps tags, attempts and receipts", () => {
    const { job_tags: tags, attempts } = was;
    expect(tags.length).toBeGreaterThan(5);
    for (const { job, tag } of tags) {
      const filter = { states: [], name: null, ids: null, before: null, limit: 100 };
      expect(
        now.jobs.list({ ...filter, tag: String(tag) }).map(({ id }) => id),
        String(tag),
      ).toContain(job);
    }
    expect(attempts.filter(({ receipt }) => receipt !== null).length).toBeGreaterThan(5);
    for (const row of attempts) {
      const id = String(row["id"]);
      const found = now.attempts.get(id);
      expect(found).toMatchObject({
        job: row["job"],
        number: row["number"],
        nonce: row["nonce"],
        bootId: row["boot_id"],
        tier: row["tier"],
        cgroup: row["cgroup"],
        claim: row["claim"] === null ? null : json(row["claim"]),
        createdAtMs: row["created_at_ms"],
        startedAtMs: row["started_at_ms"],
        endedAtMs: row["ended_at_ms"],
      });
      expect(found?.damaged).toBeUndefined();
      const receipt = now.receipts.of(id);
      if (row["receipt"] === null) expect(receipt).toBeNull();
      else {
        // With `message` for `words`.
        expect(receipt).toMatchObject(fromEarlier(json(row["receipt"])) as object);
        expect(receiptSchema.parse(receipt)).toEqual(receipt);
      }
    }
  });

  it("keeps the events of its jobs, in their order", () => {
    const { events } = was;
    expect(events.length).toBeGreaterThan(30);
    const found = now.events.after(null, 0, 1000);
    const there = new Set(was.jobs.map(({ id }) => id));
    const kept = events.filter(({ job, type }) => there.has(job) || type === "removed");
    const pruned = events.filter((event) => !kept.includes(event)).map(({ seq }) => Number(seq));
    if (pruned.length > 0) expect(now.events.prunedUntil()).toBe(Math.max(...pruned));
    expect(now.events.prunedUntil()).toBeGreaterThan(0);
    expect(found).toEqual(
      kept.map(({ seq, job, at_ms, type, state, data }) => ({
        seq,
        jobId: job,
        atMs: at_ms,
        type,
        state,
        data: json(data),
      })),
    );
    for (const event of found) expect(jobEvent.parse(event)).toEqual(event);
    // Numbers continue after those that were assigned.
    expect(now.events.lastSeq()).toBe(Math.max(...events.map(({ seq }) => Number(seq))));
  });

  it("keeps what running attempts hold", () => {
    const live = was.jobs
      .filter(({ state }) => state === "running" || state === "paused")
      .map(({ attempt }) => attempt);
    expect(live).toHaveLength(3);
    const held = now.allocations.all();
    expect(new Set(held.map(({ attempt }) => attempt))).toEqual(new Set(live));
    for (const { resources } of held) expect(resources).toEqual({ slots: 1, gpuUuids: [] });
  });

  it("has checksums that match in every row, and is sound", () => {
    const db = new DatabaseSync(path, { readOnly: true });
    expect([...damagedRows(db)]).toEqual([]);
    expect(db.prepare("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
    expect(db.prepare("PRAGMA foreign_key_check").all()).toEqual([]);
    for (const table of Object.keys(summedTables))
      expect(rowsOf(db, table).filter(({ sums }) => sums === null)).toEqual([]);
    db.close();
  });
});

describe("a migration in single steps, as a journal is replayed", () => {
  beforeEach(begin);
  afterEach(end);

  it.each(versions)("gives the same from version %i", (version) => {
    oldDatabase(version).close();
    const whole = contentsOf(new Database(path));
    rmSync(path);
    oldDatabase(version).close();
    const database = new Database(path, { schema: version });
    for (let to = version + 1; to <= schemaVersion; to += 1) database.migrate(path, to);
    expect(contentsOf(database)).toEqual(whole);
  });
});

function contentsOf(database: Database): Record<string, Row[]> {
  const tables = database.all(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
  );
  const contents = tables.map(({ name }) => [
    String(name),
    database.all(`SELECT * FROM ${String(name)}`),
  ]);
  database.close();
  return Object.fromEntries(contents) as Record<string, Row[]>;
}

describe("a migration that is repeated when a journal is replayed", () => {
  beforeEach(begin);
  afterEach(end);

  // Commits that follow it in the journal name documents and receipts as the builds of that time did.
  it("names texts by the whole SHA-256, as it did when the journal was written", () => {
    oldDatabase(17).close();
    const db = new Database(path);
    const names = (sql: string) => db.all(sql).map((row) => String(Object.values(row)[0]));
    const documents = names("SELECT hash FROM documents");
    const receipts = names("SELECT receipt_hash FROM attempts WHERE receipt_hash IS NOT NULL");
    db.close();
    expect(documents.length).toBeGreaterThan(0);
    expect(receipts.length).toBeGreaterThan(0);
    expect([...documents, ...receipts].filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  });
});

describe("a value that was damaged before the migration", () => {
  beforeEach(begin);
  afterEach(end);

  it.each(versions.filter((version) => version >= firstWithSums))(
    "stays damaged in a database of version %i",
    (version) => {
      const old = oldDatabase(version);
      // As the file has it after a bit flipped: without triggers, so the checksum stays.
      const [specs, spec] = hasTable(old, "documents")
        ? ["documents", "document"]
        : ["jobs", "spec"];
      old.exec(`UPDATE ${specs} SET ${spec} = replace(${spec}, 'hello', 'hellp');
        UPDATE jobs SET message = 'x' WHERE id = 2;
        UPDATE ${hasTable(old, "receipts") ? "receipts" : "attempts"}
          SET receipt = replace(receipt, '"tier"', '"tiep"')`);
      const attempt = String(old.prepare("SELECT id FROM attempts WHERE job = 1").get()?.["id"]);
      old.close();
      const now = open();
      expect(now.jobs.get(1)?.damaged).toEqual(["spec"]);
      expect(now.jobs.get(2)?.damaged).toEqual(["message"]);
      expect(now.receipts.of(attempt)).toBe("damaged");
      expect(now.jobs.get(3)?.damaged).toEqual([]);
      expect(now.jobs.environmentOf(1)).not.toBeNull();
    },
  );
});

describe("a database of an earlier version, or a backup of one,", () => {
  beforeEach(begin);
  afterEach(end);

  it.each(versions)("from version %i, is read as it is after its migration", (version) => {
    const from = join(folder, "from.db");
    oldDatabase(version).close();
    renameSync(path, from);
    copyFileSync(from, path);
    const migrated = contentsOf(new Database(path));
    const fresh = (name: string) => new Database(join(folder, name));
    const salvaged = fresh("salvaged.db");
    salvaged.transaction(() => salvage(from, salvaged));
    expect(sorted(contentsOf(salvaged))).toEqual(sorted(migrated));
    const filled = fresh("filled.db");
    const { jobs, mended } = filled.transaction(() => fillFromBackup(from, filled));
    expect({ jobs, mended }).toEqual({ jobs: migrated["jobs"]?.length, mended: 0 });
    // Nothing else is left, and what was read is as it was.
    expect(readdirSync(folder).filter((name) => /salvaged\.|migrated/.test(name))).toEqual([
      "salvaged.db",
    ]);
    const rest = ["attempts", "receipts", "job_tags", "events"];
    const after = sorted(contentsOf(filled));
    for (const table of rest) expect(after[table], table).toEqual(sorted(migrated)[table]);
  });
});

/** Rows in an order that does not depend on where they are stored. */
function sorted(contents: Record<string, Row[]>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(contents).map(([table, rows]) => [
      table,
      // Each of the programs here counts its own commits.
      rows
        .filter(({ name }) => table !== "marks" || name !== "commits")
        .map((row) => JSON.stringify(row))
        .toSorted(),
    ]),
  );
}
