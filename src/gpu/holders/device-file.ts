const nvidiaGpu = /^\/dev\/nvidia\d+$/;
const nvidiaShared = /^\/dev\/nvidia(ctl|-uvm)$/;
const drm = /^\/dev\/dri\/(renderD|card)\d+$/;

/**
 * `one`: it belongs to a single GPU; `shared`: to the driver; null: not a GPU device. `nvidia-caps`
 * and `nvidia-modeset` give no access to memory.
 */
export function kindOfDeviceFile(path: string): "one" | "shared" | null {
  if (nvidiaGpu.test(path) || drm.test(path)) return "one";
  return nvidiaShared.test(path) || path === "/dev/kfd" ? "shared" : null;
}

export function isDrmFile(path: string): boolean {
  return drm.test(path);
}
