import {
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Repaired } from "../src/contract/rescue.ts";
import { CrashStage } from "./crash/crash-stage.ts";
import { documents, holdfast } from "./rescue-program.ts";
import { addUnpacking } from "../src/store/packed-text.ts";
import { untilTerminal } from "./containment/observation.ts";

/** A job that has ended with 7, and a running job, when the database is damaged. */
describe("holdfast repair", () => {
  let stage: CrashStage;
  let ended: number;
  const database = () => join(stage.server.stateDir, "holdfast.db");

  beforeEach(async () => {
    stage = await CrashStage.set();
    await stage.server.start();
    const { job } = await stage.server.client.submit({ command: ["sh", "-c", "exit 7"], cwd: "/" });
    ended = job.id;
    await untilTerminal(stage.server.connection, ended);
    await stage.submit("tree");
    await stage.ready();
  });
  afterEach(() => stage.clear());

  /** Without journal and backups the damaged file and the folders are all that there is. */
  function withoutJournal(): void {
    for (const name of ["journal", "backups"])
      rmSync(join(stage.server.stateDir, name), { recursive: true, force: true });
  }

  /** The server is gone, and everything it had written is in one file. */
  async function closed(): Promise<void> {
    await stage.server.kill("SIGTERM");
    withoutJournal();
    expect(existsSync(`${database()}-wal`)).toBe(false);
  }

  async function repair(): Promise<Repaired> {
    const { code, stdout, stderr } = await holdfast(stage.server, "repair", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [repaired] = documents<Repaired>(stdout);
    if (repaired === undefined) throw new Error("repair said nothing");
    return repaired;
  }

  /** The running job keeps running and is followed; the ended job keeps its outcome. */
  async function allIsKnown(): Promise<void> {
    const { client } = stage.server;
    expect((await client.show(stage.id)).state).toBe("running");
    expect((await client.show(ended)).outcome).toMatchObject({ code: 7 });
    await client.cancel(stage.id);
    expect(await stage.findings()).toMatchObject({ state: "cancelled", runs: 1 });
  }

  test("a database with overwritten pages is refused, and recreated from rows and folders", async () => {
    await closed();
    const file = openSync(database(), "r+");
    const pageBytes = 4096;
    // All but the first page, which names the tables.
    const garbage = Buffer.alloc(pageBytes, 0xa5);
    for (let at = 2 * pageBytes; at < statSync(database()).size; at += 2 * pageBytes)
      writeSync(file, garbage, 0, pageBytes, at);
    closeSync(file);
    await expect(stage.server.start()).rejects.toThrow("store_damaged");
    const { kept } = await repair();
    expect(kept).not.toBeNull();
    expect(existsSync(kept ?? "")).toBe(true);
    await stage.server.start();
    await stage.recovered();
    await allIsKnown();
  });

  test("a file that is not a database any more", async () => {
    await closed();
    const file = openSync(database(), "r+");
    writeSync(file, "this was a database", 0);
    closeSync(file);
    await expect(stage.server.start()).rejects.toThrow("store_damaged");
    const repaired = await repair();
    expect(repaired).toMatchObject({ salvaged: 0, rebuilt: 2 });
    expect(repaired.lost).toContain("jobs that had never started, if there were any");
    await stage.server.start();
    await stage.recovered();
    await allIsKnown();
  });

  test("a missing one: a server does not begin with an empty one beside jobs that run", async () => {
    await closed();
    rmSync(database());
    await expect(stage.server.start()).rejects.toThrow("it is missing, but there are 2 attempts");
    expect(await repair()).toMatchObject({ kept: null, rebuilt: 2 });
    await stage.server.start();
    await stage.recovered();
    await allIsKnown();
  });

  test("a write-ahead log that was cut off: nothing that has run is run again", async () => {
    await stage.server.kill();
    withoutJournal();
    const copy = join(stage.server.folder, "whole.wal");
    copyFileSync(`${database()}-wal`, copy);
    const whole = statSync(copy).size;
    for (const share of [0.9, 0.5, 0]) {
      truncateSync(`${database()}-wal`, Math.floor(whole * share));
      await stage.server.start().catch(() => undefined);
      await stage.server.kill();
      withoutJournal();
      expect(stage.runs).toBe(1);
    }
    await repair();
    await stage.server.start();
    await stage.recovered();
    await allIsKnown();
  });

  test("a database that a killed repair had moved is read, and no server begins without it", async () => {
    await closed();
    const moved = `${database()}.damaged-2026-11-22T00-00-00-000Z`;
    renameSync(database(), moved);
    writeFileSync(`${database()}.new`, "");
    const repaired = await repair();
    expect(repaired).toMatchObject({ kept: moved, salvaged: 2, rebuilt: 0 });
    expect(existsSync(`${database()}.new`)).toBe(false);
    await stage.server.start();
    await allIsKnown();
  });

  test("a sound one is left as it is", async () => {
    await closed();
    expect(await repair()).toMatchObject({ kept: null, rebuilt: 0, lost: [] });
    expect(readdirSync(stage.server.stateDir).filter((name) => name.includes("damaged"))).toEqual(
      [],
    );
    await stage.server.start();
    await stage.recovered();
    await allIsKnown();
  });

  test("a specification that was altered: ls and show mark it, the running job ends, repair restores it", async () => {
    await closed();
    const db = new DatabaseSync(database());
    addUnpacking(db);
    db.exec(`UPDATE documents SET document = replace(holdfast_text(document), 'exit 7', 'exit 0')
      WHERE hash = (SELECT spec_hash FROM jobs WHERE id = ${ended})`);
    db.close();
    await stage.server.start();
    await stage.recovered();
    const { client } = stage.server;
    expect((await client.show(ended)).damaged).toMatchObject({ fields: ["spec"] });
    expect((await holdfast(stage.server, "ls", "--all")).stdout).toContain("damaged: spec");
    expect((await client.health()).warnings.join()).toContain(`${ended} (spec)`);
    await closed();
    expect((await repair()).lost).toEqual([]);
    await stage.server.start();
    await stage.recovered();
    const { spec, damaged } = await client.show(ended);
    expect({ command: spec.command, damaged }).toEqual({ command: ["sh", "-c", "exit 7"] });
    await allIsKnown();
  });

  test("is refused while a server runs", async () => {
    const { code, stderr } = await holdfast(stage.server, "repair");
    expect(code).toBe(73);
    expect(stderr).toContain("Another server uses this state folder");
    await stage.server.client.cancel(stage.id);
  });
});
