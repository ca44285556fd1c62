/** AMD's form, as in ROCm; NVIDIA's UUIDs have dashes. */
const amd = /^GPU-[0-9a-f]{16}$/;

/**
 * The variable that limits a job's programs to its GPUs. By UUID, because indexes change with a
 * restart and CUDA counts in another order than the driver. Empty without GPUs.
 */
export function visibleDevices(uuids: readonly string[]): Record<string, string> {
  const [first] = uuids;
  if (first === undefined) return {};
  const name = amd.test(first) ? "ROCR_VISIBLE_DEVICES" : "CUDA_VISIBLE_DEVICES";
  return { [name]: uuids.join(",") };
}
