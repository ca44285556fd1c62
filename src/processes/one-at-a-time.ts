/**
 * Reads one after the other, because each holds a thread of Node's pool, which has four for everything
 * else. A read that outlasts its limit is answered by `instead`, and so is every other until it returns.
 */
export function oneAtATime<Value>(
  read: (pid: number) => Promise<Value>,
  limit: () => AbortSignal,
  instead: Value,
): (pid: number) => Promise<Value> {
  let isHeld = false;
  let last: Promise<unknown> = Promise.resolve();
  return async (pid) => {
    if (isHeld) return instead;
    const signal = limit();
    let isReading = false;
    const { promise: late, resolve } = Promise.withResolvers<Value>();
    const giveUp = () => {
      isHeld ||= isReading;
      resolve(instead);
    };
    signal.addEventListener("abort", giveUp);
    const reading = last.then(async () => {
      if (signal.aborted) return instead;
      isReading = true;
      try {
        return await read(pid);
      } finally {
        signal.removeEventListener("abort", giveUp);
        if (signal.aborted) isHeld = false;
      }
    });
    last = reading.catch(() => undefined);
    return await Promise.race([reading, late]);
  };
}
