import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Sightings } from "./sightings.ts";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "sightings-"))));
afterEach(() => rmSync(folder, { recursive: true }));

it("a parent counts as gone since it was first seen gone, and is forgotten if it returns", () => {
  const sightings = new Sightings(folder, "boot");
  expect(sightings.goneMs("5:1", 1000)).toBe(0);
  sightings.note(["5:1", "6:1"], 1000);
  sightings.note(["5:1"], 2000);
  expect(sightings.goneMs("5:1", 4000)).toBe(3000);
  sightings.note(["5:1", "6:1"], 5000);
  expect(sightings.goneMs("6:1", 6000)).toBe(1000);
});

it("the next server of the same boot continues counting", () => {
  new Sightings(folder, "boot").note(["5:1"], 1000);
  const next = new Sightings(folder, "boot");
  next.note(["5:1", "7:1"], 31_000);
  expect(next.goneMs("5:1", 31_000)).toBe(30_000);
  expect(next.goneMs("7:1", 31_000)).toBe(0);
});

it("starts again after a restart of the machine, or with a damaged file", () => {
  new Sightings(folder, "boot").note(["5:1"], 1000);
  expect(new Sightings(folder, "another").goneMs("5:1", 2000)).toBe(0);
  expect(new Sightings(folder, "boot").goneMs("5:1", 500)).toBe(0);
  writeFileSync(join(folder, "gone-since.json"), "{");
  const next = new Sightings(folder, "boot");
  expect(next.goneMs("5:1", 2000)).toBe(0);
  next.note(["5:1"], 2000);
  expect(new Sightings(folder, "boot").goneMs("5:1", 3000)).toBe(1000);
});

it("without a writable folder only the stored times are lost", () => {
  const sightings = new Sightings(join(folder, "gone/orphans"), "boot");
  sightings.note(["5:1"], 1000);
  expect(sightings.goneMs("5:1", 2000)).toBe(1000);
});

it("counts from what another thread of the server has noted since", () => {
  const first = new Sightings(folder, "boot");
  first.note(["5:1", "6:1"], 1000);
  const second = new Sightings(folder, "boot");
  second.note(["5:1", "7:1"], 2000);
  first.note(["5:1", "6:1", "7:1"], 3000);
  expect(first.goneMs("5:1", 4000)).toBe(3000);
  expect(first.goneMs("6:1", 4000)).toBe(1000);
  expect(first.goneMs("7:1", 4000)).toBe(2000);
});
