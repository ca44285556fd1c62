import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claimDurably, writeDurably } from "./durable-files.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-durable-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe("a durable record", () => {
  it("replaces the one before, and leaves nothing beside it", async () => {
    const path = join(folder, "record.json");
    await writeDurably(path, "one");
    await writeDurably(path, "two");
    expect(readFileSync(path, "utf8")).toBe("two");
    expect(readdirSync(folder)).toEqual(["record.json"]);
  });

  it("that cannot be put in place leaves nothing beside it either", async () => {
    mkdirSync(join(folder, "record.json"));
    await expect(writeDurably(join(folder, "record.json"), "x")).rejects.toThrow("EISDIR");
    expect(readdirSync(folder)).toEqual(["record.json"]);
  });

  it("goes to one of many concurrent claimants, complete", async () => {
    const path = join(folder, "claim");
    const texts = Array.from({ length: 20 }, (_, index) => `claim of ${index}`);
    const won = await Promise.all(texts.map((text) => claimDurably(path, text)));
    expect(won.filter(Boolean).length).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(texts[won.indexOf(true)]);
    expect(readdirSync(folder)).toEqual(["claim"]);
  });

  it("is not claimed where another was first", async () => {
    const path = join(folder, "claim");
    writeFileSync(path, "first");
    expect(await claimDurably(path, "second")).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("first");
  });
});
