import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IntentRecord } from "../contract/keeper.ts";
import { AttemptFolder, UnreadableRecord } from "./attempt-folder.ts";

const attempt = "0b8f3c1e-5a47-4e0e-9d3a-6f2f1c9a7b10";
const intent: IntentRecord = {
  version: 1,
  attempt,
  job: 42,
  number: 1,
  boot_id: "5b1f7a52-6a3c-4f7e-8b1d-0c9d2e3f4a5b",
  nonce: "00112233445566778899aabbccddeeff",
  tier: "subreaper",
  cgroup: null,
  cgroup_also: [],
  command: ["true"],
  cwd: "/",
  made_at_ms: 1,
};

let parent: string;
let folder: AttemptFolder;

beforeEach(async () => {
  parent = mkdtempSync(join(tmpdir(), "holdfast-folder-"));
  folder = new AttemptFolder(parent, attempt);
  await folder.create(intent);
});

afterEach(() => rmSync(parent, { recursive: true }));

const example = (name: string) =>
  readFileSync(new URL(`../../native/keeper/examples/${name}`, import.meta.url), "utf8");

describe("an attempt's folder", () => {
  it("has its intent from the start, and no claim and no end", async () => {
    expect(await folder.readIntent()).toEqual(intent);
    expect(await folder.readClaim()).toBeNull();
    expect(await folder.readExit()).toBeNull();
  });

  it("names no group but its own: what is in a group that a record names is killed with it", async () => {
    const claim = JSON.parse(example("keeper.json")) as { cgroup: string };
    const write = (change: object) =>
      writeFileSync(join(parent, attempt, "keeper.json"), JSON.stringify({ ...claim, ...change }));
    write({});
    expect(await folder.readClaim()).toMatchObject({ cgroup: claim.cgroup });
    const strange = [
      { cgroup: "/sys/fs/cgroup/user.slice" },
      { cgroup: `/sys/fs/cgroup/x/../${attempt}` },
      { cgroup_also: [`/sys/fs/cgroup/pids/${attempt}/..`] },
    ];
    for (const change of strange) {
      write(change);
      await expect(folder.readClaim()).rejects.toThrow("groups that are not its own");
    }
  });

  it("is never made twice", async () => {
    await expect(folder.create(intent)).rejects.toThrow("EEXIST");
  });

  it("can be voided once, and not after a keeper's claim", async () => {
    expect(await folder.voidClaim({ boot_id: "b", voided_at_ms: 5 })).toBe(true);
    expect(await folder.voidClaim({ boot_id: "b", voided_at_ms: 6 })).toBe(false);
    expect(await folder.readClaim()).toMatchObject({ void: true, voided_at_ms: 5 });
  });

  it("with a keeper's claim cannot be voided", async () => {
    writeFileSync(join(folder.path, "keeper.json"), example("keeper.json"));
    expect(await folder.voidClaim({ boot_id: "b", voided_at_ms: 5 })).toBe(false);
    expect(await folder.readClaim()).toMatchObject({ payload: { pid: 812 } });
  });

  it("gives the exit record that a keeper wrote", async () => {
    writeFileSync(join(folder.path, "exit.json"), example("exit.json"));
    expect(await folder.readExit()).toMatchObject({
      reason: "cancel",
      ended: { term: 2, kill: 1 },
    });
  });
});

describe("the id of its container", () => {
  it("is none if there is no such file, or the payload has put a link there", () => {
    expect(folder.readContainerId()).toBeNull();
    symlinkSync("/etc/passwd", folder.file("container.id"));
    expect(folder.readContainerId()).toBeNull();
  });

  it("is unknown, and not none, if it cannot be read", () => {
    writeFileSync(join(parent, "file"), "");
    expect(() => new AttemptFolder(parent, "file").readContainerId()).toThrow("ENOTDIR");
  });
});

const path = () => join(folder.path, "exit.json");

describe("a record that the payload has tampered with", () => {
  it.each([
    ["is not JSON", () => writeFileSync(path(), "{")],
    ["does not fit", () => writeFileSync(path(), JSON.stringify({ version: 1, attempt }))],
    [
      "names another attempt",
      () => writeFileSync(path(), example("exit.json").replace("0b8f3c1e", "ffffffff")),
    ],
    ["is a link", () => symlinkSync("/etc/passwd", path())],
    ["is a folder or pipe", () => execFileSync("mkfifo", [path()])],
    ["is huge", () => writeFileSync(path(), " ".repeat(2 * 1024 * 1024))],
  ])("%s: is not accepted", async (_, tamper) => {
    tamper();
    await expect(folder.readExit()).rejects.toThrow(UnreadableRecord);
  });
});
