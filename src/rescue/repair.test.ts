import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig, type Config } from "../config/config.ts";
import { identityOf } from "../config/folder-identity.ts";
import { jobRequest } from "../contract/job-request.ts";
import { makeBackup } from "../store/backups.ts";
import { Documents } from "../store/documents.ts";
import { Database } from "../store/database.ts";
import { addUnpacking } from "../store/packed-text.ts";
import { Store } from "../store/store.ts";
import { FakeClock } from "../system/fake-clock.ts";
import type { Receipt } from "../contract/receipt.ts";
import { Receipts } from "../store/receipts.ts";
import { repair } from "./repair.ts";

const attempt = "0b8f2f3c-6d1e-4b2a-9c3d-2f1e0d9c8b7a";
const clock = new FakeClock();
let folder: string;
let config: Config;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-repair-"));
  config = loadConfig({ HOLDFAST_STATE_DIR: folder, HOLDFAST_RUNTIME_DIR: join(folder, "run") });
  for (const path of [config.paths.attemptsDir, config.paths.runtimeDir])
    mkdirSync(path, { recursive: true });
  makeJobs();
});
afterEach(() => rmSync(folder, { recursive: true }));

const request = {
  command: ["train", "--lr", "0.1"],
  cwd: "/",
  env: { TOKEN: "secret" },
  tags: ["night"],
  gpus: 1,
  priority: 3,
};
const { env, ...asked } = jobRequest.parse(request);
const spec = {
  ...asked,
  stopScope: "all" as const,
  name: "first",
  limitMs: 60_000,
  graceMs: 7000,
  leaseMs: null,
  outputQuotaBytes: null,
  rlimits: {},
};
const stored = { ...spec, envNames: Object.keys(env) };
const intent = {
  version: 1,
  attempt,
  job: 1,
  number: 1,
  boot_id: "boot-1",
  nonce: "a".repeat(32),
  tier: "subreaper",
  cgroup: null,
  cgroup_also: [],
  command: spec.command,
  cwd: spec.cwd,
  gpu_uuids: ["GPU-1"],
  made_at_ms: 5,
};

/** One job that has ended, with every column that holds JSON, and its folder. */
function makeJobs(): void {
  const store = new Store({ path: config.paths.database, soon: (callback) => callback() });
  let uuid: string | null = null;
  store.commitNow("submit", () => {
    store.jobs.insert({ ...spec, env }, 5, null);
    uuid = store.jobs.get(1)?.uuid ?? null;
    const { attempt: id, boot_id: bootId, nonce, cgroup } = intent;
    const place = { tier: "subreaper" as const, cgroup, cgroupAlso: [], limits: [] };
    const times = { createdAtMs: 5, startedAtMs: null, endedAtMs: null };
    const unknown = {
      engine: "local",
      sealHash: null,
      distrusted: false,
      namespace: null,
      claim: null,
    };
    const held = { gpuUuids: ["GPU-1"] };
    store.attempts.insert({
      id,
      job: 1,
      number: 1,
      nonce,
      bootId,
      ...place,
      ...times,
      ...unknown,
      ...held,
    });
    store.gpus.began(id, "[]");
    store.gpus.saw(id, '{"own":[]}');
    const gpu = { uuid: "GPU-1", attempt: id, job: 1, bootId, sinceMs: 5, message: "held" };
    store.gpus.hold({ ...gpu, baseline: "[]", seen: '{"own":[]}' });
    const outcome = { code: 7, signal: null, reason: "exited" as const, leftovers: 0 };
    store.jobs.advance(1, "queued", "failed", 9, { outcome, attempt: id });
  });
  store.close();
  const db = new Database(config.paths.database);
  db.run(`UPDATE attempts SET claim = '{"adopted":null}', ended_at_ms = 9`);
  new Receipts(db).add(attempt, { state: "failed", output: {} } as Receipt);
  db.close();
  mkdirSync(join(config.paths.attemptsDir, attempt));
  writeIntent({
    ...intent,
    job_uuid: uuid,
    spec: { ...stored, command: undefined, cwd: undefined },
  });
}

function writeIntent(record: object): void {
  writeFileSync(join(config.paths.attemptsDir, attempt, "intent.json"), JSON.stringify(record));
}

function alter(sql: string): void {
  const db = new DatabaseSync(config.paths.database);
  addUnpacking(db);
  db.exec(sql);
  db.close();
}

const jobWithDocuments = `SELECT *,
    (SELECT holdfast_text(document) FROM documents WHERE hash = spec_hash) AS spec,
    (SELECT holdfast_text(document) FROM documents WHERE hash = env_hash) AS env
  FROM jobs`;

/** Of a job's specification or environment: in the table where they are. */
function altering(table: string, column: string, value: string): string {
  return table === "jobs" && (column === "spec" || column === "env")
    ? `UPDATE documents SET document = ${value} WHERE hash = (SELECT ${column}_hash FROM jobs)`
    : `UPDATE ${table} SET ${column} = ${value}`;
}

function row(table: string): Record<string, unknown> | undefined {
  const db = new Database(config.paths.database);
  try {
    return db.one(table === "jobs" ? jobWithDocuments : `SELECT * FROM ${table}`);
  } finally {
    db.close();
  }
}

const columns = [
  ["jobs", "spec"],
  ["jobs", "env"],
  ["jobs", "outcome"],
  ["attempts", "claim"],
  ["attempts", "limits"],
  ["attempts", "cgroup_also"],
  ["attempts", "gpu_uuids"],
  ["receipts", "receipt"],
  ["events", "data"],
  ["attempt_gpus", "baseline"],
  ["attempt_gpus", "seen"],
  ["gpu_holds", "baseline"],
  ["gpu_holds", "seen"],
] as const;
const kinds = { "cut off": "'{\"cut'", "another shape": "'[7]'", "no text": "''" };
/** What a later write may have changed since the backup; marked as damaged instead. */
const changing = new Set(["outcome", "limits", "cgroup_also", "seen"]);

describe("repair of damaged JSON", () => {
  for (const [table, column] of columns)
    for (const [kind, value] of Object.entries(kinds)) {
      it(`${table}.${column}, ${kind}, with a backup: has it as it was, or names it`, async () => {
        const before = row(table)?.[column];
        await makeBackup(config.paths.database, config.paths.backupsDir);
        alter(altering(table, column, value));
        const { kept, salvaged, lost } = await repair(config, clock);
        expect({ kept: kept !== null, salvaged }).toEqual({ kept: true, salvaged: 1 });
        const named = lost.some((message) => message.startsWith(table) && message.includes(column));
        if (changing.has(column) || table === "gpu_holds") expect(named).toBe(true);
        else expect({ now: row(table)?.[column], named }).toEqual({ now: before, named: false });
      });

      it(`${table}.${column}, ${kind}, without a backup: ends, and names what stays damaged`, async () => {
        alter(altering(table, column, value));
        const { salvaged, lost } = await repair(config, clock);
        expect(salvaged).toBe(1);
        const named = lost.some((message) => message.startsWith(table) && message.includes(column));
        expect(named).toBe(column !== "spec");
        if (column === "spec") expect(JSON.parse(String(row("jobs")?.["spec"]))).toEqual(stored);
      });
    }
});

describe("repair of a damaged outcome", () => {
  const outcome = { code: 7, signal: null, reason: "exited", leftovers: 0 };
  const receipt = { jobId: 1, attempt, state: "failed", outcome };
  const damaged = `'{"code":0,"signal":null,"reason":"exited","leftovers":0}'`;

  async function repaired(written: object, more = ""): Promise<unknown> {
    const db = new Database(config.paths.database);
    db.run("UPDATE jobs SET reason = 'exited'");
    const hash = new Receipts(db).add(attempt, { output: {}, ...written } as Receipt);
    db.run("UPDATE attempts SET receipt_hash = ?", hash);
    db.close();
    alter(`UPDATE jobs SET outcome = ${damaged}; ${more}`);
    const { lost } = await repair(config, clock);
    const named = lost.includes("jobs 1: outcome (damaged)");
    return named ? "damaged" : JSON.parse(String(row("jobs")?.["outcome"]));
  }

  it("copies it from the receipt that was written in the same commit", async () => {
    expect(await repaired(receipt)).toEqual(outcome);
  });

  it.each([
    ["has another state", { ...receipt, state: "cancelled" }],
    ["has another reason", { ...receipt, outcome: { ...outcome, reason: "cancel" } }],
    ["is of another job", { ...receipt, jobId: 2 }],
  ])("leaves it damaged if the receipt %s", async (_, other) => {
    expect(await repaired(other)).toBe("damaged");
  });

  it("leaves it damaged if the receipt is damaged as well", async () => {
    const altered = `UPDATE receipts SET receipt = replace(holdfast_text(receipt), '7', '0')`;
    expect(await repaired(receipt, altered)).toBe("damaged");
  });
});

describe("repair of a database that is gone", () => {
  it("takes a job's specification, name, tags, GPUs and priority from its folder, without its environment", async () => {
    rmSync(config.paths.database);
    const repaired = await repair(config, clock);
    expect(repaired).toMatchObject({ salvaged: 0, fromBackup: 0, rebuilt: 1 });
    expect(repaired.lost).toContain("job 1: the values of its environment");
    expect(row("jobs")).toMatchObject({ name: "first", priority: 3, gpus: 1, env: "null" });
    expect(JSON.parse(String(row("jobs")?.["spec"]))).toEqual(stored);
    expect(row("job_tags")).toMatchObject({ job: 1, tag: "night" });
    expect(row("attempts")).toMatchObject({ gpu_uuids: '["GPU-1"]' });
  });

  it("uses the folder of an older version as far as possible, and a folder that was altered", async () => {
    for (const record of [intent, { ...intent, spec: { name: 7 } }]) {
      rmSync(config.paths.database);
      writeIntent(record);
      const { rebuilt, lost } = await repair(config, clock);
      expect(rebuilt).toBe(1);
      expect(lost).toContain("job 1: its environment, limits, tags, name and GPUs");
    }
  });

  it("takes nothing from another store's backup, though that is the newest", async () => {
    const named = (store: number) => {
      const db = new Database(config.paths.database);
      db.run("INSERT OR REPLACE INTO marks (name, value) VALUES ('store-id', ?)", store);
      db.close();
    };
    named(7);
    await makeBackup(config.paths.database, config.paths.backupsDir);
    named(8);
    alter("DELETE FROM jobs; PRAGMA user_version = 0");
    alter(`UPDATE marks SET value = 1 WHERE name = 'commits'`);
    const { fromBackup, rebuilt } = await repair(config, clock);
    expect({ fromBackup, rebuilt }).toEqual({ fromBackup: 0, rebuilt: 1 });
  });

  it("is not read together with the log of the previous database", async () => {
    const db = new Database(config.paths.database);
    db.run("UPDATE jobs SET name = 'in the log'");
    const log = readFileSync(`${config.paths.database}-wal`);
    db.close();
    await makeBackup(config.paths.database, config.paths.backupsDir);
    rmSync(config.paths.database);
    writeFileSync(`${config.paths.database}-wal`, log);
    await repair(config, clock);
    expect(existsSync(`${config.paths.database}-wal`)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.endsWith("-wal"))).toHaveLength(1);
  });

  it("is filled from a backup also where an empty file is in its place", async () => {
    await makeBackup(config.paths.database, config.paths.backupsDir);
    writeFileSync(config.paths.database, "");
    expect(await repair(config, clock)).toMatchObject({ fromBackup: 1, rebuilt: 0 });
    expect(row("jobs")?.["env"]).toBe('{"TOKEN":"secret"}');
  });

  it("takes from the newest backup what only it knows; a job that waited then is held", async () => {
    const db = new Database(config.paths.database);
    db.run(
      `INSERT INTO jobs (state, name, priority, gpus, spec_hash, env_hash, created_at_ms)
         VALUES ('queued', 'second', 0, 0, ?, ?, 5)`,
      new Documents(db).put({ ...stored, name: "second" }),
      new Documents(db).put({}),
    );
    db.close();
    await makeBackup(config.paths.database, config.paths.backupsDir);
    rmSync(config.paths.database);
    const repaired = await repair(config, clock);
    expect(repaired).toMatchObject({ salvaged: 0, fromBackup: 2, rebuilt: 0 });
    const after = new Database(config.paths.database);
    expect(after.all("SELECT name, state FROM jobs ORDER BY id")).toEqual([
      { name: "first", state: "failed" },
      { name: "second", state: "held" },
    ]);
    after.close();
  });

  it("writes what it puts into a sound one into the journal as well", async () => {
    await repair(config, clock);
    copyFileSync(config.paths.database, join(folder, "before.db"));
    const id = "5c1e7c0e-6d1e-4b2a-9c3d-2f1e0d9c8b7a";
    mkdirSync(join(config.paths.attemptsDir, id));
    const path = join(config.paths.attemptsDir, id, "intent.json");
    writeFileSync(path, JSON.stringify({ ...intent, attempt: id, job: 2 }));
    expect(await repair(config, clock)).toMatchObject({ kept: null, rebuilt: 1 });
    rmSync(join(config.paths.attemptsDir, id), { recursive: true });
    copyFileSync(join(folder, "before.db"), config.paths.database);
    const { what } = await repair(config, clock);
    expect(what).toContain("All of them were restored");
    const db = new Database(config.paths.database);
    expect(db.all("SELECT id FROM jobs ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
    db.close();
  });

  it("is not exchanged for an older backup when repair is called again", async () => {
    const { database, backupsDir } = config.paths;
    await makeBackup(database, backupsDir);
    const db = new Database(database);
    db.run("UPDATE jobs SET name = 'later'");
    db.close();
    alter("UPDATE jobs SET message = 'altered'");
    const first = await repair(config, clock);
    expect(first.kept).not.toBeNull();
    alter("UPDATE marks SET value = value WHERE name = 'commits'");
    expect(await repair(config, clock)).toMatchObject({ fromBackup: 0 });
    expect(row("jobs")?.["name"]).toBe("later");
  });

  it("puts attempts of two jobs that had one number in exchanged databases together under no job", async () => {
    const id = "5c1e7c0e-6d1e-4b2a-9c3d-2f1e0d9c8b7a";
    mkdirSync(join(config.paths.attemptsDir, id));
    const [first, second] = [attempt, id].map((one) => join(config.paths.attemptsDir, one));
    const write = (folderOf: string | undefined, record: object) =>
      writeFileSync(join(folderOf ?? "", "intent.json"), JSON.stringify(record));
    write(first, { ...intent, job_uuid: "a" });
    write(second, { ...intent, attempt: id, job_uuid: "b", command: ["other"], made_at_ms: 9 });
    rmSync(config.paths.database);
    const { rebuilt, lost } = await repair(config, clock);
    expect(rebuilt).toBe(1);
    expect(lost.join()).toContain(`${first}: it is of another job with the number 1`);
    expect(row("jobs")).toMatchObject({ uuid: "b" });
    expect(row("attempts")).toMatchObject({ id });
    // Nor does it take a damaged specification from the other one's folder.
    write(first, { ...intent, job_uuid: "a", spec: { ...stored, command: undefined } });
    alter(altering("jobs", "spec", "'{}'"));
    expect((await repair(config, clock)).lost.join()).toContain("jobs 1: spec (damaged)");
  });
});

describe("repair of a copy of a state folder", () => {
  beforeEach(() => {
    const db = new Database(config.paths.database);
    db.run(
      `INSERT INTO jobs (state, name, priority, gpus, spec_hash, env_hash, created_at_ms)
         VALUES ('queued', 'second', 0, 0, ?, ?, 5)`,
      new Documents(db).put({ ...stored, name: "second" }),
      new Documents(db).put({}),
    );
    db.close();
    const original = join(folder, "original");
    mkdirSync(original);
    writeFileSync(config.paths.folderFile, JSON.stringify(identityOf(original)));
  });

  it("is refused, and changes nothing", async () => {
    const before = readFileSync(config.paths.database);
    await expect(repair(config, clock)).rejects.toThrow(/is a copy/);
    expect(readFileSync(config.paths.database)).toEqual(before);
  });

  it("once a person has declared it, it is used, and what waits is held", async () => {
    const { what } = await repair(config, clock, true);
    expect(what).toContain("this copy of");
    const db = new Database(config.paths.database);
    expect(db.one("SELECT state, message FROM jobs WHERE id = 2")).toEqual({
      state: "held",
      message: expect.stringContaining("was copied"),
    });
    db.close();
    await repair(config, clock);
  });
});
