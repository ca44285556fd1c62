import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Repaired } from "../src/contract/rescue.ts";
import { fromEvents, untilTerminal } from "./containment/observation.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { documents, holdfast } from "./rescue-program.ts";

/** A server's view of a job, without the fields that change with time. */
interface Known {
  id: number;
  state: string;
  name: string | null;
  tags: readonly string[];
  outcome: unknown;
  receipt: unknown;
}

/** The database loses what it had acknowledged; SIGKILL kept SQLite from putting its log away. */
describe("a store that went back in time", () => {
  let server: PrivateServer;
  let running: number;
  const env = { PATH: process.env["PATH"] ?? "", KEPT: "value" };

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: "auto" });
    // A second without a commit, and the log is put into the file.
    copyFileSync(at("holdfast.db"), early());
    await endedJobs(4);
  });
  afterEach(() => server.end());

  const at = (...names: string[]) => join(server.stateDir, ...names);
  const log = () => at("holdfast.db-wal");
  const early = () => join(server.folder, "early.db");
  const folders = () => readdirSync(at("attempts")).toSorted();

  async function endedJobs(count: number, itsEnv: Record<string, string> = env): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      const request = {
        command: ["sh", "-c", `exit ${i}`],
        cwd: "/",
        env: itsEnv,
        name: `job-${i}`,
      };
      const { job } = await server.client.submit({ ...request, tags: ["kept"] });
      await untilTerminal(server.connection, job.id);
    }
  }

  /** Two more jobs that do not end: one runs, one was never started. */
  async function unended(): Promise<void> {
    const { job } = await server.client.submit({ command: ["sleep", "600"], cwd: "/", env });
    running = job.id;
    await fromEvents(server.connection, running, ({ state }) =>
      state === "running" ? 1 : undefined,
    );
    const held = { command: ["sh", "-c", 'test "$KEPT" = value'], cwd: "/", env, held: true };
    await server.client.submit({ ...held, name: "waiting" });
  }

  async function known(): Promise<Known[]> {
    const { jobs } = await server.client.list({ limit: 100 });
    return Promise.all(
      jobs.map(async ({ id, state, spec, outcome }) => ({
        id,
        state,
        name: spec.name,
        tags: spec.tags,
        outcome,
        receipt: outcome === null ? null : await server.client.receipt(id),
      })),
    );
  }

  async function startedAgain(): Promise<void> {
    await server.start();
    while ((await server.client.health()).status !== "ok");
  }

  /** Every job is there as it was, each folder too, and no number is given out twice. */
  async function nothingIsMissing(before: Known[], kept: string[]): Promise<void> {
    expect(await known()).toEqual(before);
    expect(folders()).toEqual(kept);
    const { job } = await server.client.submit({ command: ["true"], cwd: "/", env });
    expect(job.id).toBe(Math.max(...before.map(({ id }) => id)) + 1);
    await untilTerminal(server.connection, job.id);
    // The environment is known as well: the held job succeeds.
    const held = before.find(({ state }) => state === "held")?.id ?? 0;
    await server.client.release(held);
    await untilTerminal(server.connection, held);
    expect((await server.client.show(held)).outcome).toMatchObject({ code: 0 });
    await server.client.cancel(running);
    await untilTerminal(server.connection, running);
    expect((await server.client.show(running)).state).toBe("cancelled");
  }

  async function repair(): Promise<Repaired> {
    const { code, stdout, stderr } = await holdfast(server, "repair", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const [repaired] = documents<Repaired>(stdout);
    if (repaired === undefined) throw new Error("repair said nothing");
    return repaired;
  }

  async function killed(): Promise<{ before: Known[]; kept: string[] }> {
    await unended();
    const before = await known();
    await server.kill();
    return { before, kept: folders() };
  }

  test("its write-ahead log was removed: the server notices, restores every job and says so", async () => {
    const { before, kept } = await killed();
    rmSync(log(), { force: true });
    await startedAgain();
    expect((await server.client.health()).warnings.join("\n")).toContain("went back in time");
    await nothingIsMissing(before, kept);
  });

  test("a log of an earlier time was put in its place", async () => {
    const copy = join(server.folder, "earlier.wal");
    // Incompressible: the database grows, so that this log has the page with the database's size. Without
    // that page SQLite refuses the mixture, and a person has to repair it.
    await endedJobs(1, { ...env, PADDING: randomBytes(20_000).toString("base64") });
    copyFileSync(log(), copy);
    await endedJobs(4);
    const { before, kept } = await killed();
    copyFileSync(copy, log());
    await startedAgain();
    expect((await server.client.health()).warnings.join("\n")).toContain("went back in time");
    await nothingIsMissing(before, kept);
  });

  test.each([0.1, 0.5, 0.9])(
    "one byte of the log was flipped, at %d of its length",
    async (share) => {
      // Without a pause in which the server could put its log away.
      const many = Array.from({ length: 10 }, () =>
        server.client.submit({ command: ["true"], cwd: "/", env, held: true }),
      );
      await Promise.all(many);
      const { before, kept } = await killed();
      const bytes = readFileSync(log());
      const place = Math.floor(bytes.length * share);
      bytes[place] = (bytes[place] ?? 0) ^ 1;
      writeFileSync(log(), bytes);
      await startedAgain();
      await nothingIsMissing(before, kept);
    },
  );

  test.each([0, 1])(
    "the database has %d bytes: no server starts on it, repair restores every job",
    async (size) => {
      const { before, kept } = await killed();
      writeFileSync(at("holdfast.db"), "x".repeat(size));
      await expect(server.start()).rejects.toThrow("store_damaged");
      expect(folders()).toEqual(kept);
      expect(await repair()).toMatchObject({ lost: [] });
      await startedAgain();
      await nothingIsMissing(before, kept);
    },
  );

  test("log, journal and backups are gone: what has run is rebuilt from its folders, and none is deleted", async () => {
    const { before, kept } = await killed();
    for (const name of ["holdfast.db-wal", "journal", "backups"])
      rmSync(at(name), { recursive: true, force: true });
    copyFileSync(early(), at("holdfast.db"));
    await startedAgain();
    expect(folders()).toEqual(kept);
    const { warnings } = await server.client.health();
    expect(warnings.join("\n")).toContain("5 jobs missing in the store: restored");
    const ran = before.filter(({ state }) => state !== "held");
    for (const { id, state, outcome } of ran) {
      if (outcome !== null) await untilTerminal(server.connection, id);
      expect(await server.client.show(id)).toMatchObject({ id, outcome });
      expect((await server.client.show(id)).state).toBe(state);
    }
    const { job } = await server.client.submit({ command: ["true"], cwd: "/", env });
    expect(ran.map(({ id }) => id)).not.toContain(job.id);
  });

  test("a folder that contradicts the store goes to the quarantine, one of a removed job is deleted", async () => {
    const { jobs } = await server.client.list({ limit: 100 });
    const [last, removed] = jobs;
    const before = folders();
    const of = (job: number | undefined) =>
      before.find((name) => intentOf(name).job === job) ?? "no folder";
    const left = of(removed?.id);
    const copy = join(server.folder, "copy");
    cpSync(at("attempts", left), copy, { recursive: true });
    await server.client.remove(removed?.id ?? 0);
    await server.kill("SIGTERM");
    // As if the server had been killed before it deleted the folder.
    cpSync(copy, at("attempts", left), { recursive: true });
    const [stray, other] = [crypto.randomUUID(), crypto.randomUUID()];
    const write = (attempt: string, job: number) => {
      mkdirSync(at("attempts", attempt));
      const record = { ...intentOf(left), attempt, job, cgroup: null, cgroup_also: [] };
      writeFileSync(at("attempts", attempt, "intent.json"), JSON.stringify(record));
      writeFileSync(at("attempts", attempt, "exit.json"), "{}");
      writeFileSync(at("attempts", attempt, "output.log"), "precious");
    };
    write(stray, last?.id ?? 0);
    // A folder of a job with the removed job's number, from a database that this one replaced.
    write(other, removed?.id ?? 0);
    await startedAgain();
    for (const name of [stray, other, left]) expect(folders()).not.toContain(name);
    const entries = readdirSync(at("quarantine"));
    const entryOf = (name: string) =>
      entries.find((entry) => existsSync(at("quarantine", entry, name))) ?? "no entry";
    expect(entries).toHaveLength(2);
    expect(entries).not.toContain(entryOf(left));
    const { warnings } = await server.client.health();
    for (const [name, job] of [
      [stray, last?.id],
      [other, removed?.id],
    ] as const) {
      const kept = (file: string) => readFileSync(at("quarantine", entryOf(name), file), "utf8");
      expect(kept(`${name}/output.log`)).toBe("precious");
      expect(kept("reason.txt")).toContain(`attempt of job ${job}`);
      expect(warnings.join("\n")).toContain(entryOf(name));
    }
  });

  function intentOf(name: string): { job: number } {
    return JSON.parse(readFileSync(at("attempts", name, "intent.json"), "utf8")) as { job: number };
  }
});
