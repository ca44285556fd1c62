import { expect, it } from "vitest";
import { visibleDevices } from "./visible-devices.ts";

it("a job's programs see its GPUs through their vendor's variable", () => {
  expect(visibleDevices([])).toEqual({});
  const nvidia = [
    "GPU-5c6e0f3a-1111-2222-3333-444455556666",
    "GPU-5c6e0f3a-1111-2222-3333-444455557777",
  ];
  expect(visibleDevices(nvidia)).toEqual({ CUDA_VISIBLE_DEVICES: nvidia.join(",") });
  expect(visibleDevices(["GPU-1a2b3c4d5e6f7788"])).toEqual({
    ROCR_VISIBLE_DEVICES: "GPU-1a2b3c4d5e6f7788",
  });
});
