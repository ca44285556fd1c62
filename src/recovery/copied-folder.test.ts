import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sighting } from "../containment/attempt-sightings.ts";
import { folderOfLiving, judgeFolder, type FolderEvidence } from "./copied-folder.ts";

const here = { path: "/b", dev: "1", ino: "7", birthNs: "5" };
const other = { path: "/a", dev: "1", ino: "9", birthNs: "4" };

describe("the relation of a state folder to the folder that its record names", () => {
  const cases: [string, Omit<FolderEvidence, "here" | "runsIn">, string][] = [
    ["a new one", { recorded: null, atRecorded: null }, "own"],
    ["the same", { recorded: here, atRecorded: here }, "own"],
    [
      "the same under another number of its device",
      { recorded: { ...here, dev: "2" }, atRecorded: here },
      "own",
    ],
    ["the same under two paths", { recorded: { ...here, path: "/a" }, atRecorded: here }, "own"],
    ["renamed", { recorded: { ...here, path: "/a" }, atRecorded: null }, "moved"],
    [
      "renamed, and another is at the old path",
      { recorded: { ...here, path: "/a" }, atRecorded: other },
      "moved",
    ],
    ["moved to another file system", { recorded: other, atRecorded: null }, "moved"],
    ["a backup in its place", { recorded: { ...other, path: "/b" }, atRecorded: here }, "moved"],
    ["a copy beside it", { recorded: other, atRecorded: other }, "copy"],
    [
      "another device with this inode",
      {
        recorded: { ...here, path: "/a", dev: "2", birthNs: "1" },
        atRecorded: { ...here, path: "/a", dev: "2", birthNs: "1" },
      },
      "copy",
    ],
  ];
  it.each(cases)("%s", (_case, evidence, kind) => {
    expect(judgeFolder({ ...evidence, here, runsIn: null }).kind).toBe(kind);
    // Wherever an attempt of both runs, there is the original.
    const judged = judgeFolder({ ...evidence, here, runsIn: "/c" });
    expect(judged).toEqual({ kind: "copy", original: "/c", runs: true });
  });
});

describe("where the attempts of a state folder run", () => {
  const attempt = "0b8f2f3c-6d1e-4b2a-9c3d-2f1e0d9c8b7a";

  function runsIn(openIn: (string | null)[], isOfOurMounts = true): string | null {
    const root = mkdtempSync(join(tmpdir(), "holdfast-copied-"));
    try {
      for (const name of ["original", "copy", "third"])
        mkdirSync(join(root, name, "attempts", attempt), { recursive: true });
      const sightings = openIn.map((name): Sighting => ({
        stat: { pid: 1, ppid: 1, comm: "sleep" } as Sighting["stat"],
        attempt,
        job: 1,
        isKeeper: false,
        recorded: null,
        openFolder: name === null ? null : join(root, name, "attempts", attempt),
        removedFolder: null,
        isOfOurMounts,
      }));
      const found = folderOfLiving(join(root, "copy/attempts"), sightings);
      return found === null ? null : found.slice(root.length + 1);
    } finally {
      rmSync(root, { recursive: true });
    }
  }

  it.each([
    [["original"], "original"],
    [["copy"], null],
    [[null], null],
    // It copies its own folder.
    [["third", "copy"], null],
    [["gone"], null],
  ])("open in %j: %j", (openIn, expected) => {
    expect(runsIn(openIn)).toBe(expected);
  });

  it("is not judged by paths of another mount namespace", () => {
    expect(runsIn(["original"], false)).toBeNull();
  });
});
