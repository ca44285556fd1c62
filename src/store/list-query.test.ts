import { afterEach, beforeEach, expect, it } from "vitest";
import type { JobSpec } from "../job/spec.ts";
import type { State } from "../job/states.ts";
import { damagedSpec } from "./damaged-spec.ts";
import type { JobFilter } from "./job-filter.ts";
import type { JobRow } from "./rows.ts";
import { Store } from "./store.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: null, priority: 0, gpus: 0 });

let store: Store;

beforeEach(() => {
  store = new Store({ path: ":memory:", soon: (callback) => void setImmediate(callback) });
  store.commitNow("submit", () => {
    for (let number = 0; number < 24; number += 1) {
      const spec: JobSpec = {
        ...plain,
        env: {},
        name: [null, "train", "test"][number % 3] ?? null,
        tags: [[], ["a"], ["a", "b"], ["b"]][number % 4] ?? [],
        priority: number % 5,
        held: number % 2 === 0,
      };
      const id = store.jobs.insert(spec, number, null);
      if (number % 6 === 0) store.jobs.advance(id, "held", "cancelled", number);
    }
  });
});

afterEach(() => store.close());

const everything: JobFilter = {
  states: [],
  tag: null,
  name: null,
  ids: null,
  before: null,
  limit: -1,
};

/** What a list is, whatever index it is read from. */
function filtered(all: readonly JobRow[], filter: JobFilter): number[] {
  const { states, tag, name, ids, before, limit } = filter;
  const found = all.filter(
    (job) =>
      (states.length === 0 || states.includes(job.state)) &&
      (tag === null || job.spec.tags.includes(tag)) &&
      (name === null || job.spec.name === name) &&
      (ids === null || ids.includes(job.id)) &&
      (before === null || job.id < before),
  );
  return found.slice(0, limit < 0 ? found.length : limit).map(({ id }) => id);
}

it("gives the newest jobs that meet every condition, for each combination of conditions", () => {
  const all = store.jobs.list(everything);
  expect(all.map(({ id }) => id)).toEqual(Array.from({ length: 24 }, (__, index) => 24 - index));
  let empty = 0;
  for (const states of [
    [],
    ["queued"],
    ["queued", "cancelled"],
    ["held", "queued", "cancelled"],
  ] as State[][])
    for (const tag of [null, "a", "c"])
      for (const name of [null, "train", "none"])
        for (const ids of [null, [3, 5, 7, 14, 15, 20, 99], []])
          for (const before of [null, 15])
            for (const limit of [-1, 1, 3]) {
              const filter = { states, tag, name, ids, before, limit };
              const expected = filtered(all, filter);
              const found = store.jobs.list(filter).map(({ id }) => id);
              expect(found, JSON.stringify(filter)).toEqual(expected);
              if (expected.length === 0) empty += 1;
            }
  expect(empty).toBeLessThan(600);
});
