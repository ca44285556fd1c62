// From <linux/prctl.h> and <signal.h>.
const setParentDeathSignal = 1;
const kill = 9;

/**
 * Has the kernel end this process when the server dies: one that hangs in a driver's library would
 * not notice that its input has ended.
 */
export async function dieWithParent(): Promise<void> {
  if (process.platform !== "linux") return;
  const parent = process.ppid;
  try {
    const { default: koffi } = await import("koffi");
    const types = ["int", "unsigned long", "unsigned long", "unsigned long", "unsigned long"];
    koffi.load(null).func("prctl", "int", types)(setParentDeathSignal, kill, 0, 0, 0);
  } catch {
    // Without koffi there is no library to hang in either.
  }
  // The server died before that call, and nobody will tell.
  if (process.ppid !== parent) process.exit(0);
}
