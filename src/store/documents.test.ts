import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobSpec } from "../job/spec.ts";
import { contentHash } from "./content-hash.ts";
import { damagedSpec } from "./damaged-spec.ts";
import { pack, unpack } from "./packed-text.ts";
import { Store } from "./store.ts";

const { envNames: _, ...plain } = damagedSpec({}, { name: "sweep", priority: 0, gpus: 0 });
const spec: JobSpec = { ...plain, env: { HOME: "/home/ada", LONG: "x".repeat(4000) }, held: true };

let folder: string;
let path: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-documents-"));
  path = join(folder, "holdfast.db");
  store = new Store({
    path,
    journalDir: join(folder, "journal"),
    soon: (callback) => void setImmediate(callback),
  });
});

afterEach(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const submitted = (count: number, changes: Partial<JobSpec> = {}) =>
  store.commitNow("submit", () =>
    Array.from({ length: count }, () => store.jobs.insert({ ...spec, ...changes }, 1, null)),
  );

interface Stored {
  hash: string;
  document: string;
}

/** With the JSON that is packed in them. */
function documents(): (Stored & { text: string })[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = db.prepare("SELECT hash, document FROM documents").all() as unknown as Stored[];
    return rows.map(({ hash, document }) => ({ hash, document, text: unpack(document) ?? "" }));
  } finally {
    db.close();
  }
}

function documentWith(part: string): Stored & { text: string } {
  const found = documents().find(({ text }) => text.includes(part));
  if (found === undefined) throw new Error(`no document has ${part}`);
  return found;
}

function alter(sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

function end(id: number): void {
  store.commitNow("cancel", () => store.jobs.advance(id, "held", "cancelled", 2));
}

function remove(id: number): void {
  store.commitNow("remove", () => store.jobs.remove(id, "cancelled", 3));
}

describe("the specifications and environments of equal jobs", () => {
  it("are stored once, in the database and in its journal", () => {
    const ids = submitted(10_000);
    expect(documents()).toHaveLength(2);
    for (const { hash, text } of documents()) expect(hash).toBe(contentHash(text));
    for (const id of [ids[0] ?? 0, ids.at(-1) ?? 0]) {
      expect(store.jobs.get(id)?.spec.name).toBe("sweep");
      expect(store.jobs.environmentOf(id)).toEqual(spec.env);
    }
    const [journal = ""] = readdirSync(join(folder, "journal"));
    const written = readFileSync(join(folder, "journal", journal), "utf8");
    for (const { document } of documents()) expect(written.split(document)).toHaveLength(2);
  });

  it("are removed with the last job that uses them", () => {
    const [first = 0, second = 0] = submitted(2);
    const [other = 0] = submitted(1, { name: "other" });
    expect(documents()).toHaveLength(3);
    for (const id of [first, second, other]) end(id);
    remove(first);
    expect(store.jobs.get(second)?.damaged).toEqual([]);
    expect(documents()).toHaveLength(3);
    remove(second);
    expect(documents().map(({ text }) => text.includes("sweep"))).toEqual([false, false]);
    remove(other);
    expect(documents()).toEqual([]);
  });

  it("are damaged in every job that shares them, and known again when such a job is submitted", () => {
    const [first = 0, second = 0] = submitted(2);
    const sweep = documentWith("sweep");
    const other = pack(sweep.text.replace("sweep", "sleep"));
    alter(`UPDATE documents SET document = '${other}' WHERE hash = '${sweep.hash}'`);
    for (const id of [first, second]) {
      expect(store.jobs.get(id)?.damaged).toEqual(["spec"]);
    }
    submitted(1);
    for (const id of [first, second]) expect(store.jobs.get(id)?.damaged).toEqual([]);
  });

  it("are damaged in a job whose hash of them is damaged, or that has that of others", () => {
    const [first = 0, second = 0] = submitted(2);
    submitted(1, { name: "other" });
    alter(`UPDATE jobs SET spec_hash = '${documentWith("other").hash}' WHERE id = ${first}`);
    expect(store.jobs.get(first)?.damaged).toEqual(["spec"]);
    expect(store.jobs.get(second)?.damaged).toEqual([]);
    alter(`DELETE FROM documents WHERE hash = '${documentWith("/home/ada").hash}'`);
    expect(store.jobs.environmentOf(second)).toBeNull();
  });
});

describe("secrets of a job that ended", () => {
  it("are in no page of the database any more; another job that shares them still has them", () => {
    // Random: packed, it has a form that no other text has.
    const secret = randomBytes(300).toString("base64");
    const env = { HF_TOKEN: secret, HOME: "/home/ada" };
    store.jobs.isSecret = (name) => name === "HF_TOKEN";
    const [first = 0, second = 0] = submitted(2, { env });
    const packed = documentWith(secret).document;
    store.checkpoint();
    expect(readFileSync(path).includes(packed.slice(100, 300))).toBe(true);
    end(first);
    expect(store.jobs.environmentOf(first)).toEqual({ HOME: "/home/ada" });
    expect(store.jobs.environmentOf(second)).toEqual(env);
    end(second);
    expect(store.jobs.get(second)?.damaged).toEqual([]);
    store.checkpoint();
    for (const gone of [secret, packed.slice(100, 300)])
      expect(readFileSync(path).includes(gone)).toBe(false);
    expect(documents()).toHaveLength(2);
  });

  it("are removed from jobs that had ended before, but not from those that wait", () => {
    const [ended = 0, waiting = 0] = submitted(2, { env: { HF_TOKEN: "x", A: "1" } });
    end(ended);
    store.jobs.isSecret = (name) => name === "HF_TOKEN";
    store.commitNow("secrets", () => store.jobs.removeSecretsOfEnded());
    expect(store.jobs.environmentOf(ended)).toEqual({ A: "1" });
    expect(store.jobs.environmentOf(waiting)).toEqual({ HF_TOKEN: "x", A: "1" });
  });
});
