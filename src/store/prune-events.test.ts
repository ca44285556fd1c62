import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobSpec } from "../job/spec.ts";
import { damagedSpec } from "./damaged-spec.ts";
import { Store } from "./store.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: null, priority: 0, gpus: 0 });
const spec: JobSpec = { ...plain, env: {}, held: true };

let folder: string;
let store: Store;

const open = () =>
  new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => void setImmediate(callback),
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-events-"));
  store = open();
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function ended(): number {
  return store.commitNow("cancel", () => {
    const id = store.jobs.insert(spec, 1, null);
    store.jobs.advance(id, "held", "cancelled", 2);
    return id;
  });
}

const remove = (id: number) =>
  store.commitNow("remove", () => store.jobs.remove(id, "cancelled", 3, ["attempt"]));
const seqs = () =>
  store.events.after(null, 0, 100).map(({ seq, jobId, type }) => [seq, jobId, type]);

it("removes the events of a job with it, and says until which number some are missing", () => {
  const [first, second, third] = [ended(), ended(), ended()];
  expect(store.events.prunedUntil()).toBe(0);
  remove(second);
  expect(store.events.prunedUntil()).toBe(4);
  remove(first);
  // Those of the second are still missing.
  expect(store.events.prunedUntil()).toBe(4);
  expect(seqs()).toEqual([
    [5, third, "submitted"],
    [6, third, "state"],
    [7, second, "removed"],
    [8, first, "removed"],
  ]);
  expect(store.rebuild.wasRemoved(first)).toBe(true);
  expect(store.rebuild.wasRemovedWith(second, "attempt")).toBe(true);
  store.close();
  store = open();
  expect(store.events.prunedUntil()).toBe(4);
  expect(store.events.lastSeq()).toBe(8);
});

it("assigns no number twice, also when the newest events are pruned", () => {
  const id = ended();
  remove(id);
  expect(store.events.lastSeq()).toBe(3);
  ended();
  expect(store.events.after(null, 3, 10).map(({ seq }) => seq)).toEqual([4, 5]);
});
