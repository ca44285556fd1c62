import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pathsFrom } from "../config/paths.ts";
import { findTraces, removeTraces, type Uninstall } from "./uninstall.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-uninstall-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function asked(env: NodeJS.ProcessEnv = {}): Uninstall {
  const home = join(folder, "home");
  return {
    paths: pathsFrom({ HOME: home, HOLDFAST_STATE_DIR: join(folder, "state"), ...env }),
    peek: { waiting: () => null },
    living: async () => [],
    launcher: join(folder, "holdfast"),
    searchPath: "",
  };
}

function write(...parts: string[]): void {
  const path = join(folder, ...parts);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "");
}

/** Everything below the folder, without folders. */
const files = () =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => !one.isDirectory())
    .map(({ name }) => name)
    .toSorted();

describe("holdfast uninstall --purge", () => {
  it("removes the state folder and its sockets", async () => {
    write("state", "holdfast.db");
    write("state", ".folder.json.812.1");
    write("state", "selftest-a8Xk20", "fifo");
    write("state", "attempts", "0ddba11e-0000-4000-8000-000000000000", "output.log");
    write("state", "journal", "000000000001.log");
    write("state", "backups", "000000000001.db");
    write("state", "run", "server.sock");
    // Of servers that were killed.
    write("state", "run", ".server.sock.812.1");
    write("state", "run", "commands-1764554400000000000.sock");
    write("state", "run", "command-hosts");
    write("state", "run", "command-hosts.new");
    const { left } = await removeTraces(asked());
    expect([left, readdirSync(folder)]).toEqual([[], []]);
  });

  it("removes only its own files from a runtime folder that has other files", async () => {
    write("state", "holdfast.db");
    write("shared", "server.sock");
    write("shared", "commands-1764554400000000000.sock");
    write("shared", "command-hosts");
    write("shared", "thesis.tex");
    const { traces } = await removeTraces(asked({ HOLDFAST_RUNTIME_DIR: join(folder, "shared") }));
    expect(traces.map(({ path }) => path)).toContain(join(folder, "shared", "server.sock"));
    expect(files()).toEqual(["thesis.tex"]);
  });

  it("leaves and names a person's files in folders of the state folder", async () => {
    write("state", "backups", "000000000001.db");
    write("state", "backups", "photos.tar");
    write("state", "attempts", "notes.txt");
    const { left } = await findTraces(asked());
    expect(left).toEqual([
      join(folder, "state", "attempts", "notes.txt"),
      join(folder, "state", "backups", "photos.tar"),
    ]);
    await removeTraces(asked());
    expect(files()).toEqual(["notes.txt", "photos.tar"]);
  });
});
