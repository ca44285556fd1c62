/** Return codes of NVML's functions. The codes that decisions depend on have names. */
export const nvmlOk = 0;
export const nvmlUninitialised = 1;
export const nvmlInsufficientSize = 7;
export const nvmlDriverNotLoaded = 9;
/** Also returned by this program for a symbol that the library does not have. */
export const nvmlFunctionNotFound = 13;
export const nvmlMismatch = 18;
export const nvmlVersionMismatch = 25;

const meanings: Record<number, string> = {
  1: "not initialised",
  2: "bad argument",
  3: "not supported",
  4: "no permission",
  6: "not found",
  7: "insufficient size",
  8: "insufficient power",
  9: "the driver is not loaded",
  10: "timed out",
  11: "the kernel has a problem with the GPU's interrupts",
  12: "the library was not found",
  13: "the library does not have this function",
  14: "damaged inforom",
  15: "the GPU is lost",
  16: "the GPU needs a reset",
  17: "the operating system blocked it",
  18: "driver and library have different versions; after an update the machine has to be restarted",
  19: "in use",
  20: "not enough memory",
  21: "no data",
  25: "the structure has another version",
  28: "there is no GPU",
  999: "unknown error",
};

/** `the GPU is lost (NVML 15)` */
export function describeNvmlCode(code: number): string {
  return `${meanings[code] ?? "an unknown error"} (NVML ${code})`;
}
