import fc from "fast-check";
import { expect, it } from "vitest";
import { distance, nearest } from "./nearest.ts";

it("finds the intended name despite a typing error", () => {
  const verbs = ["run", "cancel", "receipt", "release"];
  expect(nearest("cancle", verbs)).toBe("cancel");
  expect(nearest("reciept", verbs)).toBe("receipt");
  expect(nearest("ru", verbs)).toBe("run");
  expect(nearest("frobnicate", verbs)).toBeNull();
});

it("counts a swap of neighbours as one error", () => {
  expect(distance("ab", "ba")).toBe(1);
  expect(distance("gpus", "gpu")).toBe(1);
  expect(distance("", "abc")).toBe(3);
});

it("is symmetric, and 0 for equal names", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 8 }), fc.string({ maxLength: 8 }), (left, right) => {
      expect(distance(left, right)).toBe(distance(right, left));
      expect(distance(left, left)).toBe(0);
    }),
  );
});
