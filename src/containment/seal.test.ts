import { describe, expect, it } from "vitest";
import { isSealed, sealHashOf } from "./seal.ts";

const seal = "00112233445566778899aabbccddeeff";

describe("a seal", () => {
  it("is identified by its hash, which does not reveal it", () => {
    expect(sealHashOf(seal)).toMatch(/^[0-9a-f]{64}$/);
    expect(sealHashOf(seal)).not.toContain(seal);
    expect(isSealed({ seal }, sealHashOf(seal))).toBe(true);
  });

  it("is not replaced by another, by its own hash or by nothing", () => {
    const hash = sealHashOf(seal);
    expect(isSealed({ seal: "ffeeddccbbaa99887766554433221100" }, hash)).toBe(false);
    expect(isSealed({ seal: hash }, hash)).toBe(false);
    expect(isSealed({}, hash)).toBe(false);
  });
});
