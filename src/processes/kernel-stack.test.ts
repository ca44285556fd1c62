import { expect, it } from "vitest";
import { parseKernelStack } from "./kernel-stack.ts";

it("a kernel stack is the names of its functions", () => {
  expect(
    parseKernelStack("[<0>] percpu_rwsem_wait+0x11/0x90\n[<0>] vfs_write+0x2d/0x3e0 [ext4]\n"),
  ).toEqual(["percpu_rwsem_wait", "vfs_write"]);
  expect(parseKernelStack("")).toBeNull();
  expect(parseKernelStack("[<0>] 0xffff\n")).toEqual(["0xffff"]);
});
