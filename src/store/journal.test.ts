import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeBackup } from "./backups.ts";
import { checkStore } from "./check.ts";
import { journalEnd, journalFiles } from "./journal-reader.ts";
import { restore } from "./restore.ts";
import { judge, standingOf, type Found } from "./standing.ts";
import { Store } from "./store.ts";

let folder: string;
const at = (name: string) => join(folder, name);
const places = () => ({
  database: at("holdfast.db"),
  journalDir: at("journal"),
  backupsDir: at("backups"),
  attemptsDir: at("attempts"),
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(): Store {
  const { database: path, journalDir } = places();
  return new Store({ path, journalDir, soon: (callback) => void setImmediate(callback) });
}

function submit(store: Store, key: string): void {
  store.commitNow("submit", () => store.submissions.insert(key, "hash", 1, 1000));
}

/** Every row of every table. */
function contents(path: string): unknown {
  const db = new DatabaseSync(path, { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
  const rows = tables
    .all()
    .map(({ name }) => [name, db.prepare(`SELECT * FROM ${String(name)}`).all()]);
  db.close();
  return rows;
}

function editedLines(edit: (lines: string[]) => string[]): void {
  const path = journalFiles(at("journal")).at(-1)?.path ?? "";
  writeFileSync(path, edit(readFileSync(path, "utf8").split("\n")).join("\n"));
}

describe("the journal", () => {
  it("makes the same store again out of nothing", () => {
    const store = open();
    for (const key of ["a", "b", "c"]) submit(store, key);
    store.commitLightly("passed-time", () => store.marks.set("passed-time", 7));
    store.close();
    expect(contents(restore(places())?.path ?? "")).toEqual(contents(at("holdfast.db")));
  });

  it("leaves out what failed inside a commit", async () => {
    const store = open();
    const failing = store.commit("submit", () => {
      store.submissions.insert("a", "hash", 1, 1000);
      throw new Error("refused");
    });
    const other = store.commit("submit", () => store.submissions.insert("b", "hash", 1, 1000));
    await expect(failing).rejects.toThrow("refused");
    await other;
    store.close();
    expect(contents(restore(places())?.path ?? "")).toEqual(contents(at("holdfast.db")));
  });

  it("does not restore what comes after a damaged line", () => {
    const store = open();
    for (const key of ["a", "b", "c"]) submit(store, key);
    store.close();
    editedLines((lines) => lines.map((line) => line.replace('"b"', '"B"')));
    expect(restore(places())).toBeNull();
  });

  it("still shows how far the store was when its last line was cut off", () => {
    const store = open();
    for (const key of ["a", "b", "c"]) submit(store, key);
    const { commits } = store;
    store.close();
    editedLines((lines) => [...lines.slice(0, -2), lines.at(-2)?.slice(0, 20) ?? ""]);
    expect(journalEnd(at("journal"))?.last).toBe(commits - 1);
    // The next one begins a line of its own.
    const again = open();
    submit(again, "d");
    again.close();
    expect(journalEnd(at("journal"))?.last).toBe(commits + 1);
  });

  it("restores from a backup and continues from there, after older files were removed", async () => {
    const store = open();
    submit(store, "a");
    store.journal?.rotate();
    submit(store, "b");
    const backup = await makeBackup(at("holdfast.db"), at("backups"));
    submit(store, "c");
    store.journal?.prune(backup.commits);
    store.close();
    expect(journalFiles(at("journal"))).toHaveLength(1);
    expect(restore(places())).toMatchObject({ backup: backup.path });
    expect(contents(at("holdfast.db.restored"))).toEqual(contents(at("holdfast.db")));
  });

  it("continues after a backup that no commit has followed", async () => {
    const store = open();
    submit(store, "a");
    store.journal?.rotate();
    const { commits } = await makeBackup(at("holdfast.db"), at("backups"));
    store.journal?.prune(commits);
    store.close();
    expect(standingOf(places())).toMatchObject({ kind: "current", doubt: null });
    const { database: path, journalDir, backupsDir } = places();
    const again = new Store({
      path,
      journalDir,
      backupsDir,
      soon: (call) => void setImmediate(call),
    });
    expect(again.journal?.needsBackup).toBe(false);
    submit(again, "b");
    again.close();
    expect(journalFiles(journalDir)).toHaveLength(1);
    expect(contents(restore(places())?.path ?? "")).toEqual(contents(at("holdfast.db")));
  });

  it("needs a backup where the database has commits that it lacks", () => {
    const store = open();
    submit(store, "a");
    store.close();
    editedLines((lines) => lines.slice(0, -2));
    const again = open();
    expect(again.journal?.needsBackup).toBe(true);
    submit(again, "b");
    again.close();
    // Also the next one, until there is one.
    const third = open();
    expect(third.journal?.needsBackup).toBe(true);
    third.close();
  });

  it("forgets light commits that a power cut took from the database", () => {
    const store = open();
    submit(store, "a");
    store.close();
    copyFileSync(at("holdfast.db"), at("before.db"));
    const second = open();
    second.commitLightly("passed-time", () => second.marks.set("passed-time", 7));
    second.close();
    copyFileSync(at("before.db"), at("holdfast.db"));
    expect(standingOf(places()).kind).toBe("current");
    const third = open();
    submit(third, "b");
    third.close();
    expect(contents(restore(places())?.path ?? "")).toEqual(contents(at("holdfast.db")));
  });

  it("gives out no number again that such a commit had", () => {
    const happens = (store: Store) => store.events.append(1, 1000, "submitted", "queued", {});
    const store = open();
    submit(store, "a");
    store.close();
    copyFileSync(at("holdfast.db"), at("before.db"));
    const second = open();
    second.commitLightly("passed-time", () => happens(second));
    const lost = second.events.lastSeq();
    second.close();
    copyFileSync(at("before.db"), at("holdfast.db"));
    const third = open();
    third.commitNow("submit", () => happens(third));
    expect(third.events.lastSeq()).toBe(lost + 1);
    third.close();
  });
});

describe("the check of a store", () => {
  it("finds what the journal knows to be missing, whatever SQLite says", () => {
    const store = open();
    submit(store, "a");
    store.close();
    copyFileSync(at("holdfast.db"), at("before.db"));
    const again = open();
    submit(again, "b");
    again.close();
    expect(checkStore(places()).kind).toBe("sound");
    copyFileSync(at("before.db"), at("holdfast.db"));
    expect(checkStore(places())).toMatchObject({
      kind: "damaged",
      what: expect.stringContaining("it went back in time") as string,
    });
    writeFileSync(at("holdfast.db"), "");
    expect(checkStore(places())).toMatchObject({
      kind: "damaged",
      what: expect.stringContaining("it is empty, but its journal has") as string,
    });
  });
});

describe("how a database stands to its journal", () => {
  const found: Found = { store: 1, commits: 5, schema: 9, jobs: 1 };
  const high = { jobs: 3, events: 9 };
  const end = { store: 1, last: 5, lastLight: 5, high, fromEmpty: true };
  const blank = { store: null, commits: 0, schema: 9, jobs: 0 };

  it.each([
    ["nothing is there", "none", null, 0, "new"],
    ["a first start was cut short", "empty", null, 0, "new"],
    ["the database is missing beside attempts", "none", null, 2, "missing"],
    ["the database is missing beside a journal", "none", end, 0, "missing"],
    ["the database is empty beside a journal", "empty", end, 0, "missing"],
    ["SQLite cannot read it", { unreadable: "garbage" }, end, 0, "unreadable"],
    ["all is there", found, end, 0, "current"],
    ["the last line was not written", { ...found, commits: 6 }, end, 0, "current"],
    ["only light commits are missing", found, { ...end, lastLight: 7 }, 0, "current"],
    ["there is no journal yet", { ...found, store: null }, null, 2, "current"],
    ["commits are missing", { ...found, commits: 4 }, end, 0, "behind"],
    ["everything is missing", blank, end, 0, "behind"],
    ["a backup knows more, and the journal is as old", found, end, 0, "older", 6],
    ["a backup knows more, and there is no journal", found, null, 0, "older", 6],
    ["a backup knows more than a journal that was begun after it", found, end, 0, "current", 6, 8],
    ["it is another store", { ...found, store: 2 }, end, 0, "foreign"],
    ["it is from before there were journals", { ...blank, jobs: 1 }, end, 0, "foreign"],
  ] as const)("%s", (_case, database, journal, attempts, kind, ...more) => {
    const [backup = 0, journalFrom = 1] = more as readonly number[];
    expect(
      judge(database, journal, {
        attempts,
        backups: 0,
        journals: 0,
        journalFrom: journal === null ? null : journalFrom,
        newest: backup === 0 ? null : { path: "", store: 1, commits: backup },
      }).kind,
    ).toBe(kind);
  });
});
