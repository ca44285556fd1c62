import { describe, expect, it } from "vitest";
import { frameOf, FrameReader } from "./frames.ts";

describe("messages of a client", () => {
  const messages = [
    ["R", "a request"],
    ["G", ""],
    ["I", "typed\n"],
  ] as const;
  const bytes = Buffer.concat(messages.map(([kind, content]) => frameOf(kind, content)));

  it.each([1, 2, 4, 5, 7, bytes.length])("are put together from parts of %i bytes", (size) => {
    const reader = new FrameReader(100);
    const found: [string, string][] = [];
    for (let at = 0; at < bytes.length; at += size)
      for (const { kind, content } of reader.read(bytes.subarray(at, at + size)))
        found.push([kind, content.toString()]);
    expect(found).toEqual(messages);
  });

  it("are refused by their head where they are too long, before their content is kept", () => {
    const head = frameOf("R", Buffer.alloc(101)).subarray(0, 5);
    expect(() => [...new FrameReader(100).read(head)]).toThrow(RangeError);
    expect([...new FrameReader(101).read(head)]).toEqual([]);
  });
});
