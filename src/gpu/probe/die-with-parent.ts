// From <linux/prctl.h> and <signal.h>.
const setParentDeathSignal = 1;
const kill = 9;

/**
 * Makes the kernel end this process when the server ends: while it hangs in a driver's library it
 * does not notice that its input was closed.
 */
export async function dieWithParent(): Promise<void> {
  if (process.platform !== "linux") return;
  const parent = process.ppid;
  try {
    const { default: koffi } = await import("koffi");
    const types = ["int", "unsigned long", "unsigned long", "unsigned long", "unsigned long"];
    koffi.load(null).func("prctl", "int", types)(setParentDeathSignal, kill, 0, 0, 0);
  } catch {
    // Without koffi the driver's library is not used and cannot hang.
  }
  // The server ended before that call, so there will be no signal.
  if (process.ppid !== parent) process.exit(0);
}
