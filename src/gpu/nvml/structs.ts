import type { GpuMemory, ThrottleReason } from "../snapshot.ts";

/**
 * NVML's structures on little-endian 64-bit machines, read by offset: koffi returns a 64-bit number
 * as Number or BigInt depending on its value, while a Buffer is always read the same way.
 */

export const memoryV2Bytes = 40;
/** Size and version of the structure, which the caller has to write first. */
export const memoryV2Version = 0x02_00_00_28;
export const memoryV1Bytes = 24;
export const pciBytes = 68;
export const eventBytes = 32;
export const fieldBytes = 40;
/** Entry size of the widest form, so that the library never writes past the buffer. */
export const widestProcessBytes = 32;

/** Fill byte of a buffer before a call, which shows where the library wrote. */
export const unwritten = 0xa5;

const notAvailable = 0xffff_ffff_ffff_ffffn;

export function parseMemoryV2(buffer: Buffer): GpuMemory {
  return {
    totalBytes: bytesAt(buffer, 8),
    reservedBytes: bytesAt(buffer, 16),
    freeBytes: bytesAt(buffer, 24),
    usedBytes: bytesAt(buffer, 32),
  };
}

/** The older form counts reserved memory as used. */
export function parseMemoryV1(buffer: Buffer): GpuMemory {
  return {
    totalBytes: bytesAt(buffer, 0),
    reservedBytes: null,
    freeBytes: bytesAt(buffer, 8),
    usedBytes: bytesAt(buffer, 16),
  };
}

export interface ListEntry {
  pid: number;
  usedBytes: number | null;
}

/**
 * Reads `count` entries of a list that the library wrote into a buffer filled with `unwritten`. The
 * functions with `_v2` and `_v3` write 24 bytes for each process, but `_v3` of drivers 535.43 to
 * 535.85 writes 32: the end of the written part shows which.
 */
export function parseProcesses(buffer: Buffer, count: number, narrow: boolean): ListEntry[] {
  const expectedBytes = narrow ? 16 : 24;
  const end = buffer.findLastIndex((byte) => byte !== unwritten) + 1;
  const stride = !narrow && end > count * expectedBytes ? widestProcessBytes : expectedBytes;
  return Array.from({ length: count }, (_, index) => ({
    pid: buffer.readUInt32LE(index * stride),
    usedBytes: bytesAt(buffer, index * stride + 8),
  }));
}

/** `00000000:83:00.0` → `0000:83:00.0`, as the kernel writes it. */
export function parsePciAddress(buffer: Buffer): string | null {
  const found = /^([0-9A-F]{4,8}):([0-9A-F]{2}:[0-9A-F]{2}\.\d)$/i.exec(textAt(buffer, 36, 32));
  return found === null ? null : `${found[1]?.slice(-4)}:${found[2]}`.toLowerCase();
}

export function fieldsBuffer(ids: readonly number[]): Buffer {
  const buffer = Buffer.alloc(ids.length * fieldBytes);
  ids.forEach((id, index) => buffer.writeUInt32LE(id, index * fieldBytes));
  return buffer;
}

/** The values in the order of the ids; null if the driver does not report a value. */
export function parseFields(buffer: Buffer): (number | null)[] {
  return Array.from({ length: buffer.length / fieldBytes }, (_, index) => {
    const at = index * fieldBytes;
    if (buffer.readUInt32LE(at + 28) !== 0) return null;
    return valueOf(buffer, at + 32, buffer.readUInt32LE(at + 24));
  });
}

function valueOf(buffer: Buffer, at: number, type: number): number | null {
  switch (type) {
    case 0:
      return buffer.readDoubleLE(at);
    case 1:
      return buffer.readUInt32LE(at);
    case 2: // unsigned long: 64 bits on Linux
    case 3:
      return Number(buffer.readBigUInt64LE(at));
    case 4:
      return Number(buffer.readBigInt64LE(at));
    case 5:
      return buffer.readInt32LE(at);
    case 6:
      return buffer.readUInt16LE(at);
    default:
      return null;
  }
}

/** Which device, by its handle, and the event's data: for a critical error its Xid. */
export function parseEvent(buffer: Buffer): { handle: bigint; data: number } {
  return { handle: buffer.readBigUInt64LE(0), data: Number(buffer.readBigUInt64LE(16)) };
}

export function textAt(buffer: Buffer, offset: number, length: number): string {
  const end = buffer.indexOf(0, offset);
  const limit = offset + length;
  return buffer.toString("utf8", offset, end === -1 || end > limit ? limit : end);
}

const reasonBits: readonly [number, ThrottleReason][] = [
  [0x1, "idle"],
  [0x2, "application-clocks"],
  [0x4, "sw-power-cap"],
  [0x8, "hw-slowdown"],
  [0x10, "sync-boost"],
  [0x20, "sw-thermal"],
  [0x40, "hw-thermal"],
  [0x80, "power-brake"],
  [0x100, "display-clocks"],
];

export function reasonsOf(bits: number): ThrottleReason[] {
  // Not `&`, because the mask has 64 bits and newer drivers use more of them.
  return reasonBits.flatMap(([bit, name]) => (Math.floor(bits / bit) % 2 === 1 ? [name] : []));
}

function bytesAt(buffer: Buffer, offset: number): number | null {
  const value = buffer.readBigUInt64LE(offset);
  return value === notAvailable ? null : Number(value);
}
