import type { Logger } from "pino";

/** To be called after another program has removed the socket, for example with the runtime folder. */
export function listenAgain(
  listening: { again(): Promise<void> },
  socket: string,
  log: Pick<Logger, "warn" | "error">,
): () => Promise<void> {
  let isFailing = false;
  return async () => {
    try {
      await listening.again();
      isFailing = false;
      log.warn({ socket }, "the socket was removed; the server listens there again");
    } catch (err) {
      const what = "the socket was removed, and the server cannot listen there; it keeps trying";
      if (!isFailing) log.error({ err, socket }, what);
      isFailing = true;
    }
  };
}
