import { copyFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobSpec } from "../job/spec.ts";
import { damagedSpec } from "../store/damaged-spec.ts";
import { Store } from "../store/store.ts";
import { buildId } from "../system/build-id.ts";
import { realClock } from "../system/clock.ts";
import { FileInPlace, identityAt } from "../system/file-in-place.ts";
import type { JobQuery } from "./job-query.ts";
import { ownReads } from "./own-reads.ts";
import { mostWaiting, WorkerReads } from "./worker-reads.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: null, priority: 0, gpus: 0 });
const query: JobQuery = {
  states: [],
  tag: null,
  name: null,
  select: null,
  limit: 100,
  cursor: null,
};

let folder: string;
let path: string;
let store: Store;
let reads: WorkerReads;
let warnings: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-reading-"));
  path = join(folder, "holdfast.db");
  store = new Store({ path, soon: (callback) => realClock.soon(callback) });
  warnings = [];
  reads = start("main.ts");
});

afterEach(async () => {
  await reads.close();
  store.close();
  rmSync(folder, { recursive: true });
});

function start(
  program: string | FileInPlace,
  identity: string | null = identityAt(path),
  build = buildId,
): WorkerReads {
  return new WorkerReads({
    program:
      typeof program === "string" ? new FileInPlace(join(import.meta.dirname, program)) : program,
    data: { build, database: path, identity, attemptsDir: folder },
    own: ownReads({ store, attemptsDir: folder, clock: realClock }),
    clock: realClock,
    log: { warn: (_details, message) => void warnings.push(message) },
  });
}

function insert(spec: Partial<JobSpec> = {}): number {
  return store.jobs.insert({ ...plain, env: {}, held: true, ...spec }, 1, null);
}

/** Held jobs; every other one is cancelled. */
function insertMany(count: number, spec: Partial<JobSpec> = {}): number[] {
  return store.commitNow("submit", () =>
    Array.from({ length: count }, (__, index) => {
      const id = insert(spec);
      if (index % 2 === 1)
        store.jobs.advance(id, "held", "cancelled", 2, {
          reason: "cancel",
          outcome: { code: null, signal: null, reason: "cancel", leftovers: 0 },
        });
      return id;
    }),
  );
}

async function listed(asked: Partial<JobQuery> = {}, from = reads) {
  const page = await from.jobs({ ...query, ...asked });
  if (!page.ok) throw new Error(page.refusal.code);
  return page.value;
}

const codeOf = (error: unknown) =>
  (error as { refusal?: { code: string } }).refusal?.code ?? String(error);

describe("a list that is read in another thread", () => {
  it("has every job whose submission was answered before it was asked for", async () => {
    for (let round = 0; round < 50; round += 1) {
      const id = await store.commit("submit", () => insert());
      const page = await listed({ limit: 1 });
      expect(page.entries.map((entry) => entry.id)).toEqual([id]);
      expect(page.eventsAfter).toBe(store.events.lastSeq());
    }
    expect(warnings).toEqual([]);
  });

  it("is what this thread would read, for every kind of question", async () => {
    insertMany(60, { tags: ["a"], name: "train" });
    insertMany(60, { tags: ["b"] });
    const own = ownReads({ store, attemptsDir: folder, clock: realClock });
    for (const states of [[], ["held"], ["cancelled", "held"]] as const)
      for (const tag of [null, "a"])
        for (const name of [null, "train", "none"])
          for (const select of [null, "5-70", "@~3", "train", "none"])
            for (const cursor of [null, "before-40"]) {
              const asked = { states: [...states], tag, name, select, cursor, limit: 20 };
              expect(await reads.jobs(asked), JSON.stringify(asked)).toEqual(await own.jobs(asked));
            }
    expect(await reads.events({ job: null, after: 3, limit: 50 })).toEqual(
      store.events.after(null, 3, 50),
    );
    expect(warnings).toEqual([]);
  });

  it("has ended jobs as they are sent, and names the others", async () => {
    const [held, cancelled] = insertMany(2);
    const { entries } = await listed();
    expect(entries.map(({ id, text }) => [id, text === null])).toEqual([
      [cancelled, false],
      [held, true],
    ]);
    expect(JSON.parse(String(entries[0]?.text))).toMatchObject({
      id: cancelled,
      state: "cancelled",
      limits: [],
      heldGpus: [],
      outcome: { reason: "cancel" },
    });
  });

  it("does not keep the write-ahead log from being emptied once its pages are read", async () => {
    insertMany(3000, { tags: ["a"] });
    const search = listed({ tag: "a", states: ["failed"] });
    insertMany(10);
    expect((await search).entries).toEqual([]);
    expect(store.checkpoint()).toBe(true);
  });
});

describe("the reading thread", () => {
  it("is started again when it ends, and is asked the same again", async () => {
    const id = store.commitNow("submit", () => insert());
    writeFileSync(join(folder, "reads-again"), "");
    const ending = start("testing/reader-that-ends.ts");
    const pages = await Promise.all([listed({}, ending), listed({}, ending)]);
    expect(pages.map(({ entries }) => entries.map((entry) => entry.id))).toEqual([[id], [id]]);
    expect(warnings).toEqual(["the reading thread ended; another one is started"]);
    await ending.close();
  });

  it("answers with an error what has ended two threads", async () => {
    const ending = start("testing/reader-that-ends.ts");
    await expect(listed({}, ending)).rejects.toThrow("reading ended two threads");
    await ending.close();
  });

  it("leaves reading to this thread while the database is not at its path", async () => {
    const id = store.commitNow("submit", () => insert());
    expect(store.checkpoint()).toBe(true);
    const identity = identityAt(path);
    renameSync(path, `${path}.old`);
    copyFileSync(`${path}.old`, path);
    const replaced = start("main.ts", identity);
    store.commitNow("submit", () => insert());
    expect((await listed({}, replaced)).entries).toHaveLength(2);
    expect((await listed({ select: String(id) }, replaced)).entries).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    await replaced.close();
    renameSync(`${path}.old`, path);
  });

  it("is not started from the program of another build", async () => {
    const program = join(folder, "reader.cjs");
    writeFileSync(program, "");
    const replaced = start(new FileInPlace(program));
    writeFileSync(`${program}.new`, "");
    renameSync(`${program}.new`, program);
    const id = store.commitNow("submit", () => insert());
    expect((await listed({}, replaced)).entries.map((entry) => entry.id)).toEqual([id]);
    expect(warnings).toHaveLength(1);
    await replaced.close();
  });

  it("ends before it reads if its program is of another build all the same", async () => {
    const id = store.commitNow("submit", () => insert());
    const foreign = start("main.ts", identityAt(path), "another");
    expect((await listed({}, foreign)).entries.map((entry) => entry.id)).toEqual([id]);
    expect(warnings).toEqual([
      "lists are read in the server's main thread: no other can read them",
    ]);
    await foreign.close();
  });

  it("reads on over the file that it has open when another one is put into its place", async () => {
    expect((await listed()).entries).toEqual([]);
    renameSync(path, `${path}.old`);
    writeFileSync(path, "");
    store.commitNow("submit", () => insert());
    expect((await listed()).entries).toHaveLength(1);
    expect(warnings).toEqual([]);
    renameSync(`${path}.old`, path);
  });
});

describe("reads that wait", () => {
  it("are refused beyond 64 at a time", async () => {
    const pages = Array.from({ length: mostWaiting }, () => listed());
    await expect(listed().catch(codeOf)).resolves.toBe("busy");
    await Promise.all(pages);
    expect((await listed()).entries).toEqual([]);
  });

  it("end when their client goes, and a search stops at its next step", async () => {
    insertMany(6000, { tags: ["a"] });
    const over = new AbortController();
    const search = reads.jobs({ ...query, tag: "a", states: ["failed"] }, over.signal);
    over.abort(new Error("gone"));
    await expect(search).rejects.toThrow("gone");
    // It does not hold up the next one.
    expect((await listed({ limit: 1 })).entries).toHaveLength(1);
  });

  it("are refused once the server ends", async () => {
    const page = listed().catch(codeOf);
    await reads.close();
    expect(await page).toBe("shutting_down");
    expect(await listed().catch(codeOf)).toBe("shutting_down");
  });
});
