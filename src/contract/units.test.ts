import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, formatSize, parseDuration, parseSize } from "./units.ts";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5h", 5_400_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["0", 0],
  ])("%s", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(["30", "", "s", "-5s", "5 s", "1e3s", "10y", "constructor", "1constructor", "5S"])(
    "%j is refused",
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it("are never understood without a unit", () => {
    fc.assert(fc.property(fc.integer({ min: 1 }), (n) => parseDuration(String(n)) === null));
  });

  it("are shown so that they can be typed again, to a second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59_999 }), (ms) => {
        const again = parseDuration(formatDuration(ms).replaceAll(" ", ""));
        return again !== null && Math.abs(again - ms) < 1000;
      }),
    );
  });
});

describe("sizes", () => {
  it.each([
    ["512MiB", 536_870_912],
    ["10GB", 10_000_000_000],
    ["820B", 820],
    ["0", 0],
  ])("%s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(["512", "10 GB", "1mb", "99999999TiB"])("%j is refused", (text) => {
    expect(parseSize(text)).toBeNull();
  });

  it("are shown with three digits or fewer", () => {
    expect([0, 820, 1536, 2 ** 30, 150 * 2 ** 20].map(formatSize)).toEqual([
      "0B",
      "820B",
      "1.5KiB",
      "1GiB",
      "150MiB",
    ]);
  });
});
