import { describe, expect, it } from "vitest";
import {
  parseFields,
  parseMemoryV2,
  parsePciAddress,
  parseProcesses,
  reasonsOf,
  unwritten,
} from "./structs.ts";

/** Three entries of `stride` bytes each, as a library writes them, in a buffer for eight. */
function written(stride: number): Buffer {
  const buffer = Buffer.alloc(8 * 32, unwritten);
  for (let index = 0; index < 3; index += 1) {
    buffer.fill(0, index * stride, (index + 1) * stride);
    buffer.writeUInt32LE(100 + index, index * stride);
    buffer.writeBigUInt64LE(index === 1 ? 2n ** 64n - 1n : 4096n, index * stride + 8);
    if (stride >= 24) buffer.writeBigUInt64LE(2n ** 64n - 1n, index * stride + 16);
  }
  return buffer;
}

describe("the driver's structures", () => {
  it.each([
    [16, true],
    [24, false],
    [32, false],
  ])(
    "of processes with %d bytes each are recognised by the end of the written part",
    (stride, narrow) => {
      expect(parseProcesses(written(stride), 3, narrow)).toEqual([
        { pid: 100, usedBytes: 4096 },
        { pid: 101, usedBytes: null },
        { pid: 102, usedBytes: 4096 },
      ]);
    },
  );

  it("of memory have bytes, and null for unavailable values", () => {
    const buffer = Buffer.alloc(40, 0xff);
    buffer.writeBigUInt64LE(150754820096n, 8);
    expect(parseMemoryV2(buffer)).toEqual({
      totalBytes: 150754820096,
      reservedBytes: null,
      usedBytes: null,
      freeBytes: null,
    });
  });

  it("of field values are read by their type; a refused value is null", () => {
    const buffer = Buffer.alloc(3 * 40);
    const put = (index: number, type: number, code: number, value: bigint) => {
      buffer.writeUInt32LE(type, index * 40 + 24);
      buffer.writeUInt32LE(code, index * 40 + 28);
      buffer.writeBigInt64LE(value, index * 40 + 32);
    };
    put(0, 3, 0, 91_403_239_000n);
    put(1, 5, 0, -2n);
    put(2, 3, 3, 7n);
    expect(parseFields(buffer)).toEqual([91_403_239_000, -2, null]);
  });

  it("of a PCI address are converted to the kernel's form", () => {
    const buffer = Buffer.alloc(68);
    buffer.write("00000000:3B:00.0", 36);
    expect(parsePciAddress(buffer)).toBe("0000:3b:00.0");
    expect(parsePciAddress(Buffer.alloc(68))).toBeNull();
  });

  it("of reasons are named, without unknown bits", () => {
    expect(reasonsOf(0x20 + 0x80 + 0x4000)).toEqual(["sw-thermal", "power-brake"]);
    expect(reasonsOf(2 ** 40 + 1)).toEqual(["idle"]);
    expect(reasonsOf(0)).toEqual([]);
  });
});
