import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeBackup } from "../src/store/backups.ts";
import type { JournalCommit } from "../src/store/journal-line.ts";
import { journalEnd, journalFiles, readJournal } from "../src/store/journal-reader.ts";
import { Journal } from "../src/store/journal.ts";
import { makeWhole } from "../src/store/make-whole.ts";
import { Store } from "../src/store/store.ts";
import { Disk } from "./torture/disk.ts";

let disk = Disk.mount(16);
const isMounted = disk !== null;
disk?.unmount();

let folder: string;
beforeEach(() => {
  disk = Disk.mount(16);
  folder = join(disk?.path ?? "", "journal");
});
afterEach(() => disk?.unmount());

const header = { store: 7, from: 1, empty: true };
const commit = (number: number, text = ""): JournalCommit => ({
  number,
  schema: 1,
  light: false,
  high: { jobs: number, events: number },
  statements: [["SELECT ?", text]],
});
const openNew = () => Journal.open(folder, header, { continues: false, backedUp: 0 });
const numbers = () => [...readJournal(folder)].map(({ number }) => number);

test.runIf(isMounted)(
  "what the full disk does not take is written when there is room, whole and in order",
  () => {
    const journal = openNew();
    journal.append(commit(1));
    disk?.fill();
    // More than what its last block has left.
    for (const number of [2, 3]) journal.append(commit(number, "x".repeat(5000)));
    expect(journal.isBehind).toBe(true);
    expect(numbers()).toEqual([1]);
    disk?.free();
    journal.append(commit(4));
    expect(journal.isBehind).toBe(false);
    expect(numbers()).toEqual([1, 2, 3, 4]);
    expect(journal.needsBackup).toBe(false);
    journal.close();
  },
);

test.runIf(isMounted)(
  "what was too much to wait is left out; this server and the next one know that a backup is needed",
  () => {
    const journal = openNew();
    journal.append(commit(1));
    disk?.fill();
    for (const number of [2, 3, 4]) journal.append(commit(number, "x".repeat(600_000)));
    expect(journal.needsBackup).toBe(true);
    disk?.free();
    journal.append(commit(5));
    expect(journal.isBehind).toBe(false);
    journal.close();
    expect(journalEnd(folder)).toMatchObject({ store: 7, last: 5 });
    const reopen = (backedUp: number) => {
      const next = Journal.open(
        folder,
        { store: 7, from: 6, empty: false },
        { continues: true, backedUp },
      );
      next.close();
      return next.needsBackup;
    };
    expect(reopen(0)).toBe(true);
    expect(reopen(5)).toBe(false);
  },
);

test.runIf(isMounted)("it opens on a full disk, and its first line follows", () => {
  mkdirSync(folder);
  disk?.fill();
  const journal = openNew();
  expect(journal.isBehind).toBe(true);
  journal.append(commit(1));
  expect(journalEnd(folder)).toBeNull();
  disk?.free();
  journal.append(commit(2));
  journal.close();
  expect(journalEnd(folder)).toMatchObject({ store: 7, last: 2, fromEmpty: true });
  expect(numbers()).toEqual([1, 2]);
});

test.runIf(isMounted)(
  "a database that cannot be restored for want of room stays as it was found, and nothing else",
  async () => {
    const at = (...names: string[]) => join(disk?.path ?? "", ...names);
    const places = {
      database: at("holdfast.db"),
      journalDir: folder,
      backupsDir: at("backups"),
      attemptsDir: at("attempts"),
      quarantineDir: at("quarantine"),
    };
    const open = () =>
      new Store({ path: places.database, journalDir: folder, soon: (callback) => callback() });
    const submit = (store: Store, key: string) =>
      store.commitNow("submit", () => store.submissions.insert(key, "hash", 1, 1000));
    const store = open();
    submit(store, "a");
    await makeBackup(places.database, places.backupsDir);
    store.close();
    const again = open();
    submit(again, "b");
    again.close();
    const [backup = ""] = readdirSync(places.backupsDir);
    const { size } = statSync(places.database);
    rmSync(places.database);
    // The one of the backup, as if its log were gone.
    await makeBackup(at("backups", backup), at("copies"));
    const [copy = ""] = readdirSync(at("copies"));
    renameSync(at("copies", copy), places.database);
    disk?.fill();
    await expect(makeWhole(places, 0)).rejects.toMatchObject({
      code: expect.stringMatching(/ENOSPC|ERR_SQLITE_ERROR/) as string,
    });
    expect(readdirSync(at()).filter((name) => name.startsWith("holdfast.db"))).toEqual([
      "holdfast.db",
    ]);
    expect(statSync(places.database).size).toBeGreaterThan(size / 2);
    expect(journalFiles(folder)).toHaveLength(1);
    disk?.free();
    expect(await makeWhole(places, 0)).toHaveLength(1);
    const restored = open();
    expect(restored.submissions.find("b")).not.toBeNull();
    restored.close();
  },
);
