import { describe, expect, it } from "vitest";
import { parseGpus } from "./inventory.ts";

describe("what nvidia-smi lists", () => {
  it("is read line by line", () => {
    const text =
      "0, GPU-5c6e0f3a-1111-2222-3333-444455556666, NVIDIA H100 80GB HBM3\n" +
      "1, GPU-00000000-aaaa-bbbb-cccc-ddddeeeeffff, NVIDIA RTX A6000, rev 2\n";
    expect(parseGpus(text)).toEqual([
      {
        index: 0,
        uuid: "GPU-5c6e0f3a-1111-2222-3333-444455556666",
        model: "NVIDIA H100 80GB HBM3",
      },
      {
        index: 1,
        uuid: "GPU-00000000-aaaa-bbbb-cccc-ddddeeeeffff",
        model: "NVIDIA RTX A6000, rev 2",
      },
    ]);
  });

  it.each(["", "No devices were found\n", "0, [Unknown Error], x\n"])("%j is no GPU", (text) => {
    expect(parseGpus(text)).toEqual([]);
  });
});
