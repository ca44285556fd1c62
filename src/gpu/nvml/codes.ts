/** What NVML's functions return. The ones that matter to somebody who decides have a name. */
export const nvmlOk = 0;
export const nvmlUninitialised = 1;
export const nvmlInsufficientSize = 7;
export const nvmlDriverNotLoaded = 9;
/** Also given here for a symbol that the library does not have. */
export const nvmlFunctionNotFound = 13;
export const nvmlMismatch = 18;
export const nvmlVersionMismatch = 25;

const words: Record<number, string> = {
  1: "not initialised",
  2: "bad argument",
  3: "not supported",
  4: "no permission",
  6: "not found",
  7: "insufficient size",
  8: "insufficient power",
  9: "the driver is not loaded",
  10: "timed out",
  11: "interrupt trouble in the kernel",
  12: "the library is not found",
  13: "the library does not have this function",
  14: "damaged inforom",
  15: "the GPU is lost",
  16: "the GPU needs a reset",
  17: "blocked by the operating system",
  18: "driver and library do not fit each other: after an update the machine has to restart",
  19: "in use",
  20: "not enough memory",
  21: "no data",
  25: "another version of the structure",
  28: "there is no GPU",
  999: "unknown error",
};

/** `the GPU is lost (NVML 15)` */
export function nvmlWords(code: number): string {
  return `${words[code] ?? "an error without a name"} (NVML ${code})`;
}
