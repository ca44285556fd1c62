import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkDatabase } from "./check.ts";
import { Database } from "./database.ts";

let folder: string;
const path = () => join(folder, "holdfast.db");
const check = () => checkDatabase(path(), join(folder, "attempts"));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-check-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("the check of a database that may be in use", () => {
  it("finds a sound one sound, also while it is being written", () => {
    const db = new Database(path());
    expect(check()).toMatchObject({ kind: "sound" });
    db.close();
  });

  it("leaves nothing behind", () => {
    new Database(path()).close();
    const before = readdirSync(folder);
    expect(check()).toMatchObject({ kind: "sound" });
    expect(readdirSync(folder)).toEqual(before);
  });

  it("finds none where none was made, and a lost one where there are attempts", () => {
    expect(check()).toMatchObject({ kind: "none" });
    mkdirSync(join(folder, "attempts/0ddba11e"), { recursive: true });
    expect(check()).toMatchObject({ kind: "damaged" });
  });

  it("finds a file damaged that is not a database", () => {
    writeFileSync(path(), "not a database".repeat(1000));
    expect(check()).toMatchObject({ kind: "damaged" });
  });
});
