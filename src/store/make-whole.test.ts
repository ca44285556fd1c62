import {
  copyFileSync,
  cpSync,
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
import { jobRequest } from "../contract/job-request.ts";
import { RefusalError } from "../contract/problems.ts";
import { backupsIn, makeBackup } from "./backups.ts";
import { Database } from "./database.ts";
import { journalFiles } from "./journal-reader.ts";
import { checkStore } from "./check.ts";
import { makeWhole, restoreAcknowledged } from "./make-whole.ts";
import { quarantine } from "./quarantine.ts";
import { replaceDatabase } from "./sqlite-files.ts";
import { standingOf } from "./standing.ts";
import { Store } from "./store.ts";

let folder: string;
const at = (...parts: string[]) => join(folder, ...parts);
const places = () => ({
  database: at("holdfast.db"),
  journalDir: at("journal"),
  backupsDir: at("backups"),
  attemptsDir: at("attempts"),
  quarantineDir: at("quarantine"),
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-whole-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { env, ...request } = jobRequest.parse({ command: ["true"], cwd: "/", env: {} });
const limits = { limitMs: null, graceMs: 1, leaseMs: null, outputQuotaBytes: null, rlimits: {} };
const named = (name: string) => ({
  ...request,
  ...limits,
  stopScope: "all" as const,
  name,
  env,
});

function open(path = places().database): Store {
  const { journalDir, backupsDir } = places();
  return new Store({
    path,
    journalDir,
    backupsDir,
    soon: (callback) => void setImmediate(callback),
  });
}

function submit(store: Store, name: string): void {
  store.commitNow("submit", () => store.jobs.insert(named(name), 1000, null));
}

function names(path = places().database): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  const found = db.prepare("SELECT id, name FROM jobs ORDER BY id").all();
  db.close();
  return found.map((row) => `${String(row["id"])} ${String(row["name"])}`);
}

const reasons = () =>
  readdirSync(at("quarantine")).map((name) =>
    readFileSync(at("quarantine", name, "reason.txt"), "utf8"),
  );

/** The journal begins behind the first job, there is no backup, and the database lost all after it. */
function behindWithoutBackup(lost: readonly string[]): void {
  const first = open();
  submit(first, "a");
  first.close();
  copyFileSync(at("holdfast.db"), at("early.db"));
  rmSync(at("journal"), { recursive: true });
  const second = open();
  for (const name of lost) submit(second, name);
  second.close();
  copyFileSync(at("early.db"), at("holdfast.db"));
}

describe("a database that is behind its journal, without a backup", () => {
  it("is brought forward itself, and kept as it was found", async () => {
    behindWithoutBackup(["b", "c"]);
    const [said = ""] = await makeWhole(places(), 0);
    expect(said).toContain("All of them were restored");
    expect(names()).toEqual(["1 a", "2 b", "3 c"]);
    const [kept = ""] = readdirSync(at("quarantine"));
    expect(said).toContain(kept);
    expect(names(at("quarantine", kept, "holdfast.db"))).toEqual(["1 a"]);
    expect(standingOf(places()).kind).toBe("current");
  });

  it("says which numbers are missing where a line is damaged, keeps the journal and gives no number again", async () => {
    behindWithoutBackup(["b", "c", "d"]);
    const [journal] = journalFiles(at("journal"));
    const text = readFileSync(journal?.path ?? "", "utf8");
    writeFileSync(journal?.path ?? "", text.replace('"c"', '"C"'));
    const [said = ""] = await makeWhole(places(), 0);
    expect(said).toContain("the others cannot be restored");
    expect(said).toContain("Missing job numbers: 3-4.");
    expect(names()).toEqual(["1 a", "2 b"]);
    expect(journalFiles(at("journal"))).toEqual([]);
    expect(reasons()).toHaveLength(2);
    // The next start has nothing to say, and a new job has a number of its own.
    const next = open();
    submit(next, "e");
    next.close();
    expect(await makeWhole(places(), 0)).toEqual([]);
    expect(names()).toEqual(["1 a", "2 b", "5 e"]);
  });

  it("is brought forward also where the journal's first line is damaged", async () => {
    behindWithoutBackup(["b"]);
    const [journal] = journalFiles(at("journal"));
    const text = readFileSync(journal?.path ?? "", "utf8");
    writeFileSync(journal?.path ?? "", text.replace('"store"', '"stare"'));
    const [said = ""] = await makeWhole(places(), 0);
    expect(said).toContain("All of them were restored");
    expect(names()).toEqual(["1 a", "2 b"]);
  });

  it("is refused where it is a mixture, and stays as it was found", async () => {
    behindWithoutBackup(["b"]);
    const bytes = readFileSync(at("holdfast.db"));
    bytes.fill(0xa5, 4096 * 2, 4096 * 8);
    writeFileSync(at("holdfast.db"), bytes);
    const refused = await makeWhole(places(), 0).catch((error: unknown) => error);
    expect(refused instanceof RefusalError && refused.refusal.code).toBe("store_damaged");
    expect(readFileSync(at("holdfast.db"))).toEqual(bytes);
    expect(journalFiles(at("journal"))).toHaveLength(1);
  });
});

it("moves the journal of another store to the quarantine and uses the database as it is", async () => {
  const first = open();
  submit(first, "a");
  first.close();
  copyFileSync(at("holdfast.db"), at("other.db"));
  for (const name of ["holdfast.db", "journal"]) rmSync(at(name), { recursive: true });
  const second = open();
  for (const name of ["b", "c"]) submit(second, name);
  second.close();
  copyFileSync(at("other.db"), at("holdfast.db"));
  const [said = "", ...more] = await makeWhole(places(), 0);
  expect(said).toContain("belongs to another database");
  expect(more).toEqual([]);
  expect(names()).toEqual(["1 a"]);
  const [kept = ""] = readdirSync(at("quarantine"));
  expect(readdirSync(at("quarantine", kept))).toContain("000000000001.log");
  const third = open();
  expect(third.journal?.needsBackup).toBe(true);
  third.close();
});

it("backs a database of an earlier version up before it is migrated, as it was", async () => {
  const old = new Database(at("holdfast.db"), { schema: 15 });
  old.run(
    `INSERT INTO jobs (state, name, priority, gpus, spec, env, created_at_ms)
       VALUES ('queued', 'a', 0, 0, '{}', '{}', 1000)`,
  );
  old.close();
  expect(await makeWhole(places(), 0)).toEqual([]);
  const [backup, ...more] = backupsIn(at("backups"));
  expect(more).toEqual([]);
  const db = new DatabaseSync(backup?.path ?? "", { readOnly: true });
  expect(db.prepare("PRAGMA user_version").get()?.["user_version"]).toBe(15);
  db.close();
  const store = open();
  store.close();
  expect(names()).toEqual(["1 a"]);
  // Once: the next start has nothing to migrate.
  rmSync(at("backups"), { recursive: true });
  await makeWhole(places(), 0);
  expect(backupsIn(at("backups"))).toEqual([]);
});

it("does not treat a folder that has only backups as new", async () => {
  const store = open();
  submit(store, "a");
  await makeBackup(at("holdfast.db"), at("backups"));
  store.close();
  for (const name of ["holdfast.db", "journal"]) rmSync(at(name), { recursive: true });
  await expect(makeWhole(places(), 0)).rejects.toThrow("it is missing, but there is 1 backup");
});

it("does not treat a folder as new that has a journal without its first line", async () => {
  const store = open();
  submit(store, "a");
  store.close();
  rmSync(at("holdfast.db"));
  const [journal] = journalFiles(at("journal"));
  const text = readFileSync(journal?.path ?? "", "utf8");
  writeFileSync(journal?.path ?? "", text.replace('"store"', '"stare"'));
  await expect(makeWhole(places(), 0)).rejects.toThrow("its journal has 2 commits");
  writeFileSync(journal?.path ?? "", "unreadable");
  await expect(makeWhole(places(), 0)).rejects.toThrow("there is a journal that cannot be read");
});

describe("an earlier database that was put in place on purpose", () => {
  async function wentBack(): Promise<Store> {
    const store = open();
    submit(store, "a");
    store.close();
    copyFileSync(at("holdfast.db"), at("early.db"));
    const later = open();
    for (const name of ["b", "c", "d"]) submit(later, name);
    await makeBackup(at("holdfast.db"), at("backups"));
    later.close();
    rmSync(at("journal"), { recursive: true });
    copyFileSync(at("early.db"), at("holdfast.db"));
    const [said = "", ...more] = await makeWhole(places(), 0);
    expect(said).toContain("If it was not put there on purpose");
    expect(more).toEqual([]);
    const again = open();
    expect(await makeWhole(places(), 0)).toEqual([]);
    return again;
  }

  it("is not exchanged for a backup that it went back from", async () => {
    const again = await wentBack();
    submit(again, "mine");
    expect(again.journal?.needsBackup).toBe(true);
    again.journal?.rotate();
    await makeBackup(at("holdfast.db"), at("backups"));
    submit(again, "mine too");
    again.close();
    copyFileSync(at("early.db"), at("holdfast.db"));
    const [said] = await makeWhole(places(), 0);
    expect(said).toContain("All of them were restored");
    expect(names()).toEqual(["1 a", "2 mine", "3 mine too"]);
  });

  it("has the newest backup after the next one", async () => {
    const again = await wentBack();
    const { commits } = await makeBackup(at("holdfast.db"), at("backups"));
    again.close();
    expect(backupsIn(at("backups"))[0]?.commits).toBe(commits);
  });

  it("is not exchanged for it before there is a new backup either", async () => {
    const again = await wentBack();
    submit(again, "mine");
    again.close();
    copyFileSync(at("early.db"), at("holdfast.db"));
    const [said] = await makeWhole(places(), 0);
    expect(said).toContain("Missing job numbers: 2.");
    expect(names()).toEqual(["1 a"]);
  });
});

describe("a database and a journal that went back together, with a newer backup", () => {
  async function wentBackTogether(): Promise<void> {
    const store = open();
    submit(store, "a");
    store.close();
    for (const name of ["holdfast.db", "journal"])
      cpSync(at(name), at("early", name), { recursive: true });
    const later = open();
    for (const name of ["b", "c"]) submit(later, name);
    later.close();
    await makeBackup(at("holdfast.db"), at("backups"));
    for (const name of ["holdfast.db", "journal"]) {
      rmSync(at(name), { recursive: true });
      cpSync(at("early", name), at(name), { recursive: true });
    }
  }

  it("are restored from it and kept; what was waiting is held, because it may have run since", async () => {
    await wentBackTogether();
    expect(checkStore(places())).toMatchObject({ kind: "damaged" });
    const [said = "", ...more] = await makeWhole(places(), 0);
    expect(said).toContain("and its journal with it");
    expect(more).toEqual([]);
    expect(names()).toEqual(["1 a", "2 b", "3 c"]);
    expect(reasons()).toHaveLength(2);
    const again = open();
    expect(again.jobs.get(3)?.state).toBe("held");
    submit(again, "d");
    again.close();
    expect(await makeWhole(places(), 0)).toEqual([]);
    expect(names()).toEqual(["1 a", "2 b", "3 c", "4 d"]);
  });

  it("are used as they are where the backup cannot be read, and that is said", async () => {
    await wentBackTogether();
    const [backup] = backupsIn(at("backups"));
    const bytes = readFileSync(backup?.path ?? "");
    // All but the page of marks, which identifies its store.
    const db = new DatabaseSync(backup?.path ?? "");
    const pages = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'jobs'").get();
    db.close();
    const page = Number(pages?.["rootpage"]) - 1;
    bytes.fill(0xa5, page * 4096, (page + 1) * 4096);
    writeFileSync(backup?.path ?? "", bytes);
    const [said = ""] = await makeWhole(places(), 0);
    expect(said).toContain("That backup cannot be used");
    expect(names()).toEqual(["1 a"]);
  });

  it("are restored by repair also where there is no journal", async () => {
    await wentBackTogether();
    rmSync(at("journal"), { recursive: true });
    const [said = ""] = await makeWhole(places(), 0);
    expect(said).toContain("holdfast server stop, holdfast repair");
    expect(restoreAcknowledged(places(), 0)?.what).toContain("older than the last backup");
    expect(names()).toEqual(["1 a", "2 b", "3 c"]);
    expect(restoreAcknowledged(places(), 0)).toBeNull();
  });
});

it("leaves the database in its place until the restored one takes it", () => {
  writeFileSync(at("holdfast.db"), "found");
  writeFileSync(at("holdfast.db-wal"), "its log");
  writeFileSync(at("restored.db"), "restored");
  const files = [at("holdfast.db"), at("holdfast.db-wal")];
  const reason = { what: "store", why: "why", atMs: 0 };
  const kept = quarantine(at("quarantine"), files, reason, "link");
  expect(readFileSync(at("holdfast.db"), "utf8")).toBe("found");
  replaceDatabase(at("restored.db"), at("holdfast.db"));
  expect(readFileSync(at("holdfast.db"), "utf8")).toBe("restored");
  expect(readdirSync(folder)).not.toContain("holdfast.db-wal");
  expect(readFileSync(join(kept, "holdfast.db"), "utf8")).toBe("found");
  expect(readFileSync(join(kept, "holdfast.db-wal"), "utf8")).toBe("its log");
});
