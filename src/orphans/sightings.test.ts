import { expect, it } from "vitest";
import { Sightings } from "./sightings.ts";

it("a parent is gone since it was first seen so, and anew after it was not", () => {
  const sightings = new Sightings();
  sightings.note(["5:1"], 1000);
  sightings.note(["5:1", "6:1"], 3000);
  expect([sightings.goneMs("5:1", 4000), sightings.goneMs("6:1", 4000)]).toEqual([3000, 1000]);
  sightings.note([], 5000);
  sightings.note(["5:1"], 6000);
  expect(sightings.goneMs("5:1", 6500)).toBe(500);
});
