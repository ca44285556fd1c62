import { heldUp } from "../processes/held-up.ts";

/**
 * Adds what keeps a server from answering to a message about the wait for it: a signal has stopped it, or
 * a debugger. Several requests of a command wait at the same time; what is the same is said once.
 */
export function sayWhatHoldsIt(
  say: (text: string) => void,
  server: () => number | null,
): (text: string) => void {
  let last = "";
  return (text) => {
    const now = `${text}${messageFor(server())}`;
    if (now !== last) say(now);
    last = now;
  };
}

function messageFor(pid: number | null): string {
  const held = pid === null ? null : heldUp(pid);
  if (held === null) return "";
  const { how, tracer } = held;
  if (how === "stopped")
    return `; the server, pid ${pid}, is stopped by a signal: kill -CONT ${pid} continues it`;
  const by = tracer === null ? "" : ` by pid ${tracer.pid} (${tracer.comm ?? "unknown"})`;
  return `; the server, pid ${pid}, is traced${by}, and continues when that lets it`;
}
