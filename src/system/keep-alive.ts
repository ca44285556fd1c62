// Longer than any command lives; Node clamps what is longer still to 1 ms.
const longMs = 2 ** 31 - 1;

/** Keeps this process from ending while it waits for something that does not. Returns the way back. */
export function keepProcessAlive(): () => void {
  const handle = setInterval(() => undefined, longMs);
  return () => clearInterval(handle);
}
