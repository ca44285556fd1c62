import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FileInPlace } from "./file-in-place.ts";

it("a file is in place until it, or a folder above it, is removed or replaced", () => {
  const home = mkdtempSync(join(tmpdir(), "holdfast-place-"));
  try {
    const folder = join(home, "state");
    mkdirSync(folder);
    const path = join(folder, "holdfast.db");
    writeFileSync(path, "");
    const file = new FileInPlace(path);
    expect(file.state()).toBe("in place");
    renameSync(folder, join(home, "moved"));
    expect(file.state()).toBe("removed");
    mkdirSync(folder);
    writeFileSync(path, "");
    expect(file.state()).toBe("replaced");
  } finally {
    rmSync(home, { recursive: true });
  }
});
