/**
 * Ends this program in order on SIGTERM, SIGINT or SIGHUP. Returns the same for other reasons. A second
 * request while it ends changes nothing. `end` returns whether all threads have ended: an exit waits
 * for them, and the kernel may hold one for as long as it likes.
 */
export function endOnSignal(
  end: (why: string) => Promise<boolean>,
): (why: string) => Promise<void> {
  let isEnding = false;
  const once = async (why: string): Promise<void> => {
    if (isEnding) return;
    isEnding = true;
    if (await end(why)) process.exit(0);
    // Without a handler, this signal ends all threads, and systemd takes it for an ordinary end.
    process.removeAllListeners("SIGTERM");
    process.kill(process.pid, "SIGTERM");
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
    process.on(signal, () => void once(signal));
  return once;
}
