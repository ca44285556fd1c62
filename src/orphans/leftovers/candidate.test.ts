import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { candidateAt, withContents, type Candidate } from "./candidate.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-candidate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function contentsOf(path: string): Candidate {
  const found = candidateAt(path, null);
  if (found === null) throw new Error(`${path} is not a candidate`);
  return withContents(found);
}

describe("a folder that was left behind", () => {
  it("has the size and the inodes of everything in it", () => {
    mkdirSync(join(folder, "inner"));
    writeFileSync(join(folder, "inner", "array"), "12345");
    expect(contentsOf(folder)).toMatchObject({ bytes: 5, unclear: null });
    expect(contentsOf(folder).inodes).toHaveLength(3);
  });

  it("is not judged if another file system is mounted in it: removing the folder would empty that", () => {
    // pts is always mounted there.
    expect(contentsOf("/dev")).toMatchObject({
      bytes: null,
      unclear: expect.stringMatching(/^.+ in it is on another file system$/),
    });
  });

  it("is not read to the end if it has too many entries", () => {
    for (let index = 0; index < 12; index += 1) writeFileSync(join(folder, `${index}`), "");
    const found = candidateAt(folder, null);
    if (found === null) throw new Error("no candidate");
    expect(withContents(found, 10).unclear).toBe("it has more than 10 entries");
  });
});
