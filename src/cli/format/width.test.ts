import fc from "fast-check";
import stringWidth from "string-width";
import { expect, it } from "vitest";
import { clusters, widthOf } from "./width.ts";

it("is known for what people write", () => {
  for (const text of [
    "plain",
    "naïve Ωμέγα",
    "模型训练",
    "한국어 훈련",
    "👩‍💻 🇬🇷 1️⃣ ❤️",
    "e\u0301",
    "हिन्दी",
    "ไทย",
    "█░…",
    "",
  ])
    expect([text, widthOf(text)]).toEqual([text, stringWidth(text)]);
});

it("agrees with string-width, which takes too long to load", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(widthOf(text)).toBe(stringWidth(text));
    }),
    { numRuns: 3000 },
  );
});

it("takes a text apart without losing anything", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(clusters(text).join("")).toBe(text);
    }),
  );
});
