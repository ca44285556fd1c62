import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Store } from "../../store/store.ts";
import { attemptRow } from "../../store/testing/attempt-row.ts";
import { damagedSpec } from "../../store/damaged-spec.ts";
import { unknownIn } from "./unknown-folders.ts";

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-strays-"));
  store = new Store({ path: ":memory:", soon: (callback) => void setImmediate(callback) });
});
afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const nameOf = (index: number) => `${String(index).padStart(8, "0")}-2fa1-4d3b-883f-0016d3cca427`;

it("finds the folders that the store does not know among many, a few hundred at a time", async () => {
  const { envNames: _, ...rest } = damagedSpec({}, { name: null, priority: 0, gpus: 0 });
  const known = Array.from({ length: 300 }, (__, index) => nameOf(index));
  store.commitNow("submit", () => {
    const job = store.jobs.insert({ ...rest, env: {} }, 1, null);
    for (const [index, name] of known.entries())
      store.attempts.insert({ ...attemptRow(name, job), number: index + 1 });
  });
  const unknown = [nameOf(5000), nameOf(5001)];
  for (const name of [...known, ...unknown, "lost+found"]) mkdirSync(join(folder, name));
  let turns = 0;
  const count = () => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const found = await unknownIn(store, folder);
  clearImmediate(timer);
  expect(found.toSorted()).toEqual(unknown);
  expect(turns).toBeGreaterThan(1);
});
