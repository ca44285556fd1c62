import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { AttemptReads } from "../store/attempt-reads.ts";
import { damagedSpec } from "../store/damaged-spec.ts";
import { EventReads } from "../store/event-reads.ts";
import { JobReads } from "../store/job-reads.ts";
import { ReadOnlyConnection } from "../store/read-only-connection.ts";
import { Store } from "../store/store.ts";
import { identityAt } from "../system/file-in-place.ts";
import { readJobPage, type PageSources } from "./job-page.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: "train", priority: 0, gpus: 0 });
const tagged = { ...plain, env: {}, held: true, tags: ["a"] };
const query = { states: [], tag: null, name: null, select: null, limit: 10, cursor: null };

let folder: string;
let store: Store;
let connection: ReadOnlyConnection;
let sources: PageSources;
let snapshots: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-page-"));
  const path = join(folder, "holdfast.db");
  store = new Store({ path, soon: (callback) => void setImmediate(callback) });
  store.commitNow("submit", () => {
    for (let index = 0; index < 3500; index += 1) store.jobs.insert(tagged, 1, null);
  });
  connection = ReadOnlyConnection.open(path, identityAt(path));
  const events = new EventReads(connection);
  snapshots = 0;
  sources = {
    jobs: new JobReads(connection, events),
    attempts: new AttemptReads(connection),
    events,
    snapshot: (read) => {
      snapshots += 1;
      return connection.snapshot(read);
    },
    attemptsDir: folder,
    isThere: () => false,
  };
});

afterEach(() => {
  connection.close();
  store.close();
  rmSync(folder, { recursive: true });
});

const searches = {
  "by tag and state": { tag: "a", states: ["failed" as const] },
  "by name and state": { name: "train", states: ["failed" as const] },
  "of selected jobs": { select: "1-3500", states: ["failed" as const] },
};
for (const [name, asked] of Object.entries(searches))
  it(`a search ${name} reads 1,000 rows at a time, and the log can be emptied in between`, async () => {
    let pauses = 0;
    const page = await readJobPage(sources, { ...query, ...asked }, async () => {
      pauses += 1;
      store.commitNow("submit", () => store.jobs.insert(tagged, 1, null));
      expect(store.checkpoint()).toBe(true);
    });
    expect(page).toMatchObject({ ok: true, value: { entries: [], eventsAfter: 3500 } });
    expect(pauses).toBe(3);
  });

it("keeps the log from being emptied during a step only", () => {
  store.commitNow("submit", () => store.jobs.insert(tagged, 1, null));
  connection.snapshot(() => {
    connection.all("SELECT id FROM jobs LIMIT 1");
    store.commitNow("submit", () => store.jobs.insert(tagged, 1, null));
    expect(store.checkpoint()).toBe(false);
  });
  expect(store.checkpoint()).toBe(true);
});

it("stops at the next step once its reader has gone", async () => {
  const search = readJobPage(sources, { ...query, ...searches["by tag and state"] }, () =>
    Promise.reject(new Error("gone")),
  );
  await expect(search).rejects.toThrow("gone");
  expect(snapshots).toBe(1);
});

it("a job that ends between two steps is in the page or among the events after it", async () => {
  const ids = [3000, 100];
  let pauses = 0;
  const asked = { ...query, ...searches["by tag and state"], states: ["cancelled" as const] };
  const page = await readJobPage(sources, asked, async () => {
    pauses += 1;
    // The first step has passed the one; the other is still ahead.
    if (pauses === 1)
      store.commitNow("cancel", () => {
        for (const id of ids) store.jobs.advance(id, "held", "cancelled", 2, { reason: "cancel" });
      });
  });
  if (!page.ok) throw new Error(page.refusal.code);
  expect(page.value.entries.map(({ id }) => id)).toEqual([100]);
  const after = store.events.after(null, page.value.eventsAfter, 10);
  expect(after.map(({ jobId, state }) => [jobId, state])).toEqual(
    ids.map((id) => [id, "cancelled"]),
  );
});
