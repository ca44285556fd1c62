import { afterEach, beforeEach, expect, it } from "vitest";
import { Store } from "./store.ts";

const dayMs = 24 * 3_600_000;

let store: Store;

beforeEach(() => {
  store = new Store({ path: ":memory:", soon: (callback) => void setImmediate(callback) });
});
afterEach(() => store.close());

const insert = (key: string, atMs: number) =>
  store.commitNow("submit", () => store.submissions.insert(key, "hash", 1, atMs));
const kept = (keys: readonly string[]) =>
  keys.filter((key) => store.submissions.find(key) !== null).length;

it("removes a few old keys with each new one, and all of them in time", () => {
  const old = Array.from({ length: 100 }, (_, index) => `old-${index}`);
  for (const [index, key] of old.entries()) insert(key, index);
  let before = kept(old);
  expect(before).toBe(100);
  for (let index = 0; before > 0; index += 1) {
    insert(`new-${index}`, 2 * dayMs);
    const now = kept(old);
    expect(now).toBeLessThan(before);
    expect(before - now).toBeLessThanOrEqual(16);
    before = now;
  }
  expect(kept(["new-0"])).toBe(1);
});
