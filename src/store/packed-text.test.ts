import { expect, it } from "vitest";
import { contentHash } from "./content-hash.ts";
import { isPacked, pack, unpack } from "./packed-text.ts";
import { dictionaries } from "./packing-dictionary.ts";

const receipt = JSON.stringify({
  jobId: 7,
  state: "succeeded",
  outcome: { code: 0, signal: null, reason: "exited", leftovers: 0 },
  name: "Zürich \u{1f9ea}",
});

it.each([1, 2] as const)("returns with dictionary %i what was packed", (dictionary) => {
  const texts = [receipt, "", "{}", JSON.stringify("é".repeat(70_000)), receipt.repeat(20_000)];
  for (const text of texts) expect(unpack(pack(text, dictionary))).toBe(text);
});

it("packs a text only if that makes it shorter", () => {
  expect(pack(receipt).length).toBeLessThan(receipt.length / 2);
  expect(isPacked(pack(receipt))).toBe(true);
  expect(pack("{}")).toBe("{}");
  expect(isPacked("{}")).toBe(false);
});

it("returns the texts of earlier versions as they are", () => {
  expect(unpack(receipt)).toBe(receipt);
});

it("never returns part of a text that was cut off", () => {
  const packed = pack(receipt);
  for (let length = 3; length < packed.length - 4; length += 1)
    expect(unpack(packed.slice(0, length)), String(length)).toBeNull();
});

it("has the dictionaries that stored texts were packed with", () => {
  // Another content needs another number: otherwise no stored text can be read any more.
  expect(contentHash(dictionaries[1].toString())).toBe("pBlNDfRhaK0xPEB3TMj1GVoM4K4");
  expect(contentHash(dictionaries[2].toString())).toBe("Mz9aIJG-caMXEUtDYe4CpGnGQy0");
});
