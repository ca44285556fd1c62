import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig, type Config } from "../config/config.ts";
import { jobRequest } from "../contract/job-request.ts";
import { RefusalError } from "../contract/problems.ts";
import { rebuildFromFolders } from "../recovery/rebuild-from-folders.ts";
import { makeBackup } from "../store/backups.ts";
import { makeWhole } from "../store/make-whole.ts";
import type { Store } from "../store/store.ts";
import { FakeClock } from "../system/fake-clock.ts";
import { openStore } from "./own-store.ts";
import { repair } from "./repair.ts";

/**
 * Each file of a state folder whole, lost, or of an earlier time, in every combination, as a crash, a
 * disk, a backup or a person may leave it. Whatever is left: no acknowledged job is missing without
 * a report, a job whose folder is there is not missing, and nothing is deleted.
 */
const clock = new FakeClock();
// Nothing here is about what the disk has.
const memory = "/dev/shm";
let root: string;
const acknowledged = [1, 2, 3, 4, 5, 6];
/** Jobs that have run: each has a folder. */
const ran = [1, 3, 5];

beforeAll(async () => {
  root = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), "holdfast-lost-"));
  const config = configOf("now");
  mkdirSync(config.paths.attemptsDir, { recursive: true });
  mkdirSync(config.paths.runtimeDir, { recursive: true });
  const store = openStore(config, clock);
  const { database, backupsDir } = config.paths;
  addJobs(store, config, 1);
  await makeBackup(database, backupsDir);
  store.journal?.rotate();
  store.checkpoint();
  addJobs(store, config, 2);
  // Its log is not put away: the log is a part of the store.
  cpSync(join(root, "now"), join(root, "early"), { recursive: true });
  await makeBackup(database, backupsDir);
  addJobs(store, config, 3);
  cpSync(join(root, "now"), join(root, "whole"), { recursive: true });
  store.close();
});
afterAll(() => rmSync(root, { recursive: true }));

function configOf(name: string): Config {
  const stateDir = join(root, name);
  return loadConfig({ HOLDFAST_STATE_DIR: stateDir, HOLDFAST_RUNTIME_DIR: join(stateDir, "run") });
}

/** A job that ran, and a job that waits. */
function addJobs(store: Store, { paths }: Config, round: number): void {
  const { env, ...asked } = jobRequest.parse({ command: ["train"], cwd: "/", env: { A: "1" } });
  const limits = { limitMs: null, graceMs: 1, leaseMs: null, outputQuotaBytes: null, rlimits: {} };
  const spec = { ...asked, ...limits, stopScope: "all" as const, name: `job-${round}`, env };
  const attempt = `0b8f2f3c-6d1e-4b2a-9c3d-00000000000${round}`;
  store.commitNow("submit", () => {
    const id = store.jobs.insert(spec, round, null);
    const uuid = store.jobs.get(id)?.uuid ?? "";
    const nonce = "a".repeat(32);
    const place = { tier: "subreaper", cgroup: null } as const;
    const outcome = { code: 7, signal: null, reason: "exited" as const, leftovers: 0 };
    store.attempts.insert({
      id: attempt,
      job: id,
      number: 1,
      nonce,
      bootId: "boot-1",
      namespace: null,
      ...place,
      sealHash: null,
      engine: "local",
      distrusted: false,
      cgroupAlso: [],
      limits: [],
      gpuUuids: [],
      createdAtMs: round,
      claim: null,
      startedAtMs: round,
      endedAtMs: null,
    });
    store.attempts.ended(attempt, round, null);
    store.jobs.advance(id, "queued", "failed", round, { outcome, attempt });
    const folder = join(paths.attemptsDir, attempt);
    mkdirSync(folder);
    const intent = { version: 1, attempt, job: id, job_uuid: uuid, number: 1, boot_id: "boot-1" };
    const rest = { nonce, ...place, cgroup_also: [], command: ["train"], cwd: "/" };
    const text = JSON.stringify({ ...intent, ...rest, made_at_ms: round });
    writeFileSync(join(folder, "intent.json"), text);
    writeFileSync(join(folder, "exit.json"), "{}");
    writeFileSync(join(folder, "output.log"), `precious ${round}`);
  });
  store.commitNow("submit", () => store.jobs.insert({ ...spec, held: true }, round, null));
}

const databases = ["whole", "missing", "empty", "early", "damaged"] as const;
const logs = ["whole", "missing", "early", "flipped"] as const;
const journals = ["whole", "missing", "early"] as const;
const backups = ["whole", "missing", "early"] as const;
const folders = ["whole", "missing"] as const;

interface Combination {
  database: (typeof databases)[number];
  log: (typeof logs)[number];
  journal: (typeof journals)[number];
  backup: (typeof backups)[number];
  attempts: (typeof folders)[number];
}

function flip(path: string, from: number, bytes: number): void {
  const content = readFileSync(path);
  for (let at = from; at < Math.min(from + bytes, content.length); at += 1)
    content[at] = (content[at] ?? 0) ^ 0x5a;
  writeFileSync(path, content);
}

function lay(one: Combination, config: Config): void {
  const { stateDir, database, journalDir, backupsDir, attemptsDir } = config.paths;
  mkdirSync(config.paths.runtimeDir, { recursive: true });
  const from = (name: string, time: string) =>
    join(root, time === "early" ? "early" : "whole", name);
  const bring = (name: string, time: string) =>
    cpSync(from(name, time), join(stateDir, name), { recursive: true });
  if (one.database === "empty") writeFileSync(database, "");
  else if (one.database !== "missing") bring("holdfast.db", one.database);
  if (one.log !== "missing") bring("holdfast.db-wal", one.log);
  if (one.database === "damaged") flip(database, 3 * 4096, 4096);
  if (one.log === "flipped")
    flip(`${database}-wal`, Math.floor(readFileSync(`${database}-wal`).length / 2), 1);
  if (one.journal !== "missing") bring("journal", one.journal);
  if (one.backup !== "missing") bring("backups", one.backup);
  if (one.attempts === "missing") mkdirSync(attemptsDir);
  else bring("attempts", "whole");
  if (!existsSync(journalDir)) mkdirSync(journalDir);
  if (!existsSync(backupsDir)) mkdirSync(backupsDir);
}

/** As a server starts, and where it refuses, as a person does what it says. Everything that is said. */
async function recovered(config: Config): Promise<{ store: Store; said: string[] }> {
  const said: string[] = [];
  for (let round = 0; ; round += 1) {
    try {
      said.push(...(await makeWhole(config.paths, 0)));
      const store = openStore(config, clock);
      said.push(...store.notes);
      const fromFolders = await rebuildFromFolders(store.rebuild, config, clock, "unknown jobs");
      if (fromFolders.rebuilt > 0)
        said.push(`${fromFolders.rebuilt} jobs were missing`, ...fromFolders.lost);
      return { store, said };
    } catch (error) {
      if (!(error instanceof RefusalError) || round > 0) throw error;
      said.push(error.message);
      const { what, lost } = await repair(config, clock);
      said.push(what, ...lost);
    }
  }
}

/** What is there of a folder's files, by their contents, wherever they are in the state folder. */
function contents(folder: string, found = new Map<string, string>()): Map<string, string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) contents(path, found);
    else found.set(path, readFileSync(path, "latin1"));
  }
  return found;
}

function jobsIn(path: string): number[] {
  try {
    const db = new DatabaseSync(path, { readOnly: true });
    try {
      return db
        .prepare("SELECT id FROM jobs ORDER BY id")
        .all()
        .map(({ id }) => Number(id));
    } finally {
      db.close();
    }
  } catch {
    return [];
  }
}

/** What is wrong with what became of one combination. */
async function faults(one: Combination, name: string): Promise<string[]> {
  const config = configOf(name);
  const { stateDir, database, attemptsDir, backupsDir, journalDir } = config.paths;
  lay(one, config);
  const [kept, journal] = [contents(backupsDir), contents(journalDir)];
  const output = readdirSync(attemptsDir).map((id) =>
    readFileSync(join(attemptsDir, id, "output.log"), "latin1"),
  );
  const before = join(root, `${name}.db`);
  for (const suffix of ["", "-wal", "-shm"]) {
    rmSync(before + suffix, { force: true });
    if (suffix !== "-shm" && existsSync(database + suffix))
      copyFileSync(database + suffix, before + suffix);
  }
  const had = jobsIn(before);
  const isNew = one.attempts === "missing" && [kept, journal].every(({ size }) => size === 0);
  // All that is left is of one earlier moment: nothing knows of more (docs/decisions/0029, "Not noticed").
  const isOfOneMoment =
    one.log !== "whole" && one.journal === "early" && one.attempts === "missing";
  const { store, said } = await recovered(config);
  const known = new Set(acknowledged.filter((id) => store.jobs.get(id) !== null));
  store.close();
  const text = said.join("\n");
  const after = [...contents(stateDir).values()];
  const everywhere = new Set(after);
  const missing = acknowledged.filter((id) => !known.has(id));
  const isReported = /missing|cannot be restored|never started|as it is|not known|used as/.test(
    text,
  );
  const wrong: string[] = [];
  const isUnknowable = isOfOneMoment || (isNew && had.length === 0);
  if (missing.length > 0 && !isReported && !isUnknowable)
    wrong.push(`jobs ${missing.join()} are missing without a report: ${text}`);
  if (one.attempts === "whole" && ran.some((id) => !known.has(id)))
    wrong.push(`a job is missing whose folder is there: ${missing.join()}; ${text}`);
  if (output.some((log) => !everywhere.has(log))) wrong.push("an output was deleted");
  const isKept =
    text.includes("kept in") || readdirSync(stateDir).some((file) => file.includes(".damaged-"));
  if (had.some((id) => !known.has(id)) && !isKept) wrong.push("what the database had was deleted");
  for (const backup of kept.values())
    if (!everywhere.has(backup)) wrong.push("a backup was deleted");
  for (const lines of journal.values())
    if (!after.some((file) => file.startsWith(lines))) wrong.push("a journal was deleted");
  rmSync(stateDir, { recursive: true });
  return wrong;
}

const timeoutMs = 120_000;

describe("a state folder of which files are lost or old", () => {
  for (const database of databases)
    for (const attempts of folders)
      it(
        `database ${database}, attempts' folders ${attempts}: nothing is missing unreported, nothing is deleted`,
        async () => {
          const wrong: Record<string, string[]> = {};
          for (const log of logs)
            for (const journal of journals)
              for (const backup of backups) {
                const one = { database, log, journal, backup, attempts };
                const found = await faults(one, `${database}-${attempts}`);
                if (found.length > 0) wrong[JSON.stringify(one)] = found;
              }
          expect(wrong).toEqual({});
        },
        timeoutMs,
      );
});
