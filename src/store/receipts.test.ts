import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Receipt } from "../contract/receipt.ts";
import type { JobSpec } from "../job/spec.ts";
import { damagedSpec } from "./damaged-spec.ts";
import { Database } from "./database.ts";
import { Store } from "./store.ts";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { attemptRow } from "./testing/attempt-row.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: null, priority: 0, gpus: 0 });
const spec: JobSpec = { ...plain, env: {} };

let folder: string;
let path: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-receipts-"));
  path = join(folder, "holdfast.db");
  store = new Store({ path, soon: (callback) => void setImmediate(callback) });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function receiptOf(jobId: number, bytes: number): Receipt {
  const output = { stdoutBytes: bytes + 2, stderrBytes: null, punchedBytes: 2 };
  return { jobId, state: "failed", output } as Receipt;
}

/** A job with as many attempts as `sizes`; it is queued again after each, or has ended with the last. */
function job(sizes: readonly number[], endedAtMs: number | null): number {
  return store.commitNow("end", () => {
    const id = store.jobs.insert(spec, 1, null);
    for (const [index, bytes] of sizes.entries()) {
      const attempt = `${id}-${index + 1}`;
      store.attempts.insert({ ...attemptRow(attempt, id), number: index + 1 });
      store.jobs.advance(id, "queued", "launch", 1, { attempt });
      store.attempts.ended(attempt, 1, receiptOf(id, bytes));
      store.jobs.advance(id, "starting", "requeue", 1);
    }
    if (endedAtMs !== null) store.jobs.advance(id, "queued", "cancelled", endedAtMs);
    return id;
  });
}

function alter(sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

describe("a receipt", () => {
  it("is not part of its attempt's row, and leaves with its job", () => {
    const id = job([5, 7], 9);
    expect(store.receipts.of(`${id}-1`)).toEqual(receiptOf(id, 5));
    expect(store.receipts.last(id)).toEqual(receiptOf(id, 7));
    const db = new Database(path);
    const rows = db.all("SELECT * FROM attempts");
    expect(JSON.stringify(rows)).not.toContain("stdoutBytes");
    store.commitNow("remove", () => store.jobs.remove(id, "cancelled", 10));
    expect(db.all("SELECT * FROM receipts")).toEqual([]);
    db.close();
  });

  it("that is lost, altered or another attempt's is damaged; an attempt that executed nothing has none", () => {
    const id = job([5, 7], 9);
    store.commitNow("starting", () =>
      store.attempts.insert({ ...attemptRow("none", id), number: 3 }),
    );
    expect(store.receipts.of("none")).toBeNull();
    expect(store.receipts.of("unknown")).toBeNull();
    alter(`DELETE FROM receipts WHERE attempt = '${id}-1'`);
    expect(store.receipts.of(`${id}-1`)).toBe("damaged");
    // A sound row, as a server would write it, of something else.
    const db = new Database(path);
    db.run(`UPDATE receipts SET receipt = '{"jobId":1}' WHERE attempt = '${id}-2'`);
    db.close();
    expect(store.receipts.of(`${id}-2`)).toBe("damaged");
    // Neither the receipt nor the hash that its attempt has of it is what was written.
    const third = job([5], 9);
    alter(`UPDATE receipts SET receipt = '{"jobId":9}'`);
    alter(`UPDATE attempts SET receipt_hash = '0' WHERE job = ${third}`);
    expect(store.receipts.of(`${third}-1`)).toBe("damaged");
    expect(store.attempts.countExecuted(id)).toBe(2);
    expect(store.attempts.withLogs(id).map(({ number }) => number)).toEqual([1, 2, 3]);
  });
});

describe("jobs whose output is too large", () => {
  it("are the oldest, until that of the others fits; a job that has not ended counts nothing", () => {
    const sizes = [40, 10, 30, 20, 50];
    const ended = sizes.map((bytes, index) => job([bytes - 5, 5], 100 + index));
    job([1000], null);
    const none = job([], 99);
    while (!store.history.count());
    for (let limit = 1; limit <= 160; limit += 1) {
      // Newest first, as long as they fit.
      let total = 0;
      const kept = new Set<number>();
      for (let index = sizes.length - 1; index >= 0; index -= 1) {
        total += sizes[index] ?? 0;
        if (total <= limit) kept.add(ended[index] ?? 0);
      }
      const expected = ended.filter((id) => !kept.has(id));
      const beyond = store.history.beyond({ endedBeforeMs: 0, count: 0, outputBytes: limit }, 100);
      // A job without output is older than all of them.
      expect(beyond, String(limit)).toEqual(
        expected.length === 0 ? [] : [...expected, none].toSorted((a, b) => a - b),
      );
    }
    const first = store.history.beyond({ endedBeforeMs: 0, count: 0, outputBytes: 60 }, 2);
    expect(first).toEqual([ended[0], none]);
  });
});
