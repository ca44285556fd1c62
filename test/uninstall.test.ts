import { existsSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Uninstallation } from "../src/contract/rescue.ts";
import { PrivateServer } from "./containment/private-server.ts";
import { Stage } from "./containment/stage.ts";
import { listHeld } from "./fixtures/witness.ts";
import { documents, holdfastThrough } from "./rescue-program.ts";

describe("holdfast uninstall", () => {
  let server: PrivateServer;
  let stage: Stage;

  beforeEach(async () => {
    server = await PrivateServer.start({ cgroup: "auto" });
    stage = await Stage.set(server);
  });
  afterEach(async () => {
    await server.end();
    await stage.clear();
  });

  const bin = () => join(server.folder, "bin");
  const uninstall = (...args: string[]) =>
    holdfastThrough(
      ["/usr/bin/env", `PATH=${bin()}:${process.env["PATH"] ?? ""}`],
      server,
      "uninstall",
      ...args,
    );
  const found = async (...args: string[]): Promise<Uninstallation> => {
    const { stdout, stderr, code } = await uninstall("--json", ...args);
    expect([code, stderr]).toEqual([0, ""]);
    const [document] = documents<Uninstallation>(stdout);
    if (document === undefined) throw new Error("no document");
    return document;
  };

  test("lists everything that would be removed, with running and waiting jobs, and changes nothing", async () => {
    await stage.play("25-ordinary-tree");
    await server.client.submit({ command: ["true"], cwd: "/", held: true });
    const before = readdirSync(server.stateDir).toSorted();
    const { traces, living, waiting, removed } = await found();
    expect(traces.map(({ path }) => path)).toContain(join(server.stateDir, "attempts"));
    expect(traces.every(({ bytes }) => bytes >= 0)).toBe(true);
    expect([living.length, waiting, removed]).toEqual([1, 1, false]);
    expect(readdirSync(server.stateDir).toSorted()).toEqual(before);
  });

  test("removes nothing while a job lives, and says what ends it", async () => {
    const payload = await stage.play("25-ordinary-tree");
    const { code, stderr } = await uninstall("--purge", "--yes");
    expect(code).toBe(1);
    expect(stderr).toContain("holdfast cancel --all");
    expect((await server.client.show(payload.id)).state).toBe("running");
    expect((await listHeld(stage.witnessDir)).length).toBeGreaterThan(0);
  });

  test("asks first: without a terminal it removes nothing unless --yes is given", async () => {
    const { code, stderr } = await uninstall("--purge");
    expect(code).toBe(2);
    expect(stderr).toContain("--purge --yes");
    expect(existsSync(join(server.stateDir, "holdfast.db"))).toBe(true);
  });

  test("stops the server and removes all files of Holdfast, and no other file", async () => {
    await server.client.submit({ command: ["true"], cwd: "/", held: true });
    writeFileSync(join(server.stateDir, "thesis.tex"), "mine");
    mkdirSync(bin());
    symlinkSync(join(import.meta.dirname, "../holdfast"), join(bin(), "holdfast"));
    const { removed, left } = await found("--purge", "--yes");
    await server.kill("SIGTERM");
    expect([removed, left]).toEqual([true, [join(server.stateDir, "thesis.tex")]]);
    expect(readdirSync(server.stateDir)).toEqual(["thesis.tex"]);
    expect(lstatSync(join(bin(), "holdfast"), { throwIfNoEntry: false })).toBeUndefined();
  });

  test("finds nothing the second time", async () => {
    await found("--purge", "--yes");
    await server.kill("SIGTERM");
    const { traces, removed } = await found("--purge", "--yes");
    expect([traces, removed]).toEqual([[], true]);
    expect(existsSync(server.stateDir)).toBe(false);
  });
});
