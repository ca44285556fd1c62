import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { damagedSpec } from "../../store/damaged-spec.ts";
import { Store } from "../../store/store.ts";
import { shortPage } from "./short-page.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: "train", priority: 0, gpus: 0 });
const held = { ...plain, env: {}, held: true, command: ["true"] };
const query = { states: [], tag: null, name: null, select: null, limit: 100, cursor: null };

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-short-page-"));
  store = new Store({
    path: join(folder, "holdfast.db"),
    soon: (callback) => void setImmediate(callback),
  });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

function insert(count: number, spec: Partial<typeof held> = {}): void {
  store.commitNow("submit", () => {
    for (let n = 0; n < count; n += 1) store.jobs.insert({ ...held, ...spec }, 1, null);
  });
}

/** All that there are. */
function end(): void {
  store.commitNow("cancel", () => {
    for (const { id } of store.jobs.inStates(["held"]))
      store.jobs.advance(id, "held", "cancelled", 2);
  });
}

const ids = (page: ReturnType<typeof shortPage>) => page?.rows.map(({ id }) => id);

it("is a page of few jobs, with a cursor to the next one and the newest event", () => {
  insert(150);
  const first = shortPage({ store }, query);
  expect(ids(first)).toEqual(Array.from({ length: 100 }, (_none, n) => 150 - n));
  expect(first?.eventsAfter).toBe(store.events.lastSeq());
  const second = shortPage({ store }, { ...query, cursor: first?.nextCursor ?? null });
  expect(ids(second)).toEqual(Array.from({ length: 50 }, (_none, n) => 50 - n));
  expect(second?.nextCursor).toBeNull();
});

it("may have any limit if there are few jobs", () => {
  insert(100);
  expect(ids(shortPage({ store }, { ...query, limit: 500 }))).toHaveLength(100);
  expect(shortPage({ store }, { ...query, limit: 500, states: ["held"] })?.nextCursor).toBeNull();
  insert(1);
  expect(shortPage({ store }, { ...query, limit: 500 })).toBeNull();
});

it("has few ended jobs", () => {
  insert(32);
  end();
  expect(ids(shortPage({ store }, query))).toHaveLength(32);
  insert(1);
  end();
  expect(shortPage({ store }, query)).toBeNull();
  expect(shortPage({ store }, { ...query, limit: 20 })?.nextCursor).toBe("before-14");
});

it("is not read at all if its jobs are large", () => {
  insert(2, { command: ["true", "x".repeat(200_000)] });
  const list = vi.spyOn(store.jobs, "list");
  expect(shortPage({ store }, query)).toBeNull();
  expect(list).not.toHaveBeenCalled();
  // One more than the page has is read.
  insert(1);
  expect(ids(shortPage({ store }, { ...query, limit: 1 }))).toEqual([3]);
});

it("is none that is searched for, or that another answers: a damaged page, a wrong cursor", () => {
  insert(1);
  expect(shortPage({ store }, { ...query, tag: "a" })).toBeNull();
  expect(shortPage({ store }, { ...query, name: "train" })).toBeNull();
  expect(shortPage({ store }, { ...query, select: "@" })).toBeNull();
  expect(shortPage({ store }, { ...query, cursor: "1" })).toBeNull();
  const damaged = { list: vi.fn<() => never>(), sizeOf: () => null };
  expect(shortPage({ store: { jobs: damaged, events: store.events } }, query)).toBeNull();
  expect(damaged.list).not.toHaveBeenCalled();
});
