/**
 * Ends this program in order on SIGTERM, SIGINT or SIGHUP. Returns the same for other reasons. A second
 * request while it ends changes nothing.
 */
export function endOnSignal(end: (why: string) => Promise<void>): (why: string) => Promise<void> {
  let isEnding = false;
  const once = async (why: string): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    await end(why);
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => void once(signal));
  return once;
}
