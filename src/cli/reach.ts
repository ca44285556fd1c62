import type { Client } from "../client/client.ts";
import type { EventsWanted } from "../client/events.ts";
import type { Following } from "../client/following.ts";
import type { Connection } from "../client/http.ts";
import type { WatchWanted } from "../client/orphan-watch.ts";
import type { OutputWanted } from "../client/output.ts";
import { StallTimeout } from "../client/stall-timeout.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Server } from "./context.ts";

/** What is awaited while a server starts or ends and makes progress. */
const limits = { stallMs: 15_000, sayAfterMs: 5000 };
const awaitedOf = {
  recovering: "the server to find its running jobs again",
  shutting_down: "the server to end",
};
const askAgainMs = 100;

export interface Reaching {
  connection: Connection;
  client: Client;
  /** Null: a server is never started implicitly. */
  start: (() => Promise<unknown>) | null;
}

/** The server: started if none runs, and requests are repeated while it recovers its jobs. */
export function reachServer({ connection, client, start }: Reaching): Server {
  const ask = async <T>(action: () => Promise<T>, isRead = true): Promise<T> => {
    let mayAskAgain = isRead;
    const timeout = new StallTimeout(connection.clock, connection, "the server", limits);
    let mayStart = start !== null;
    for (;;) {
      try {
        return await action();
      } catch (error) {
        const code = error instanceof RefusalError ? error.refusal.code : null;
        if (code === "server_not_running" && mayStart) {
          mayStart = false;
          await start?.();
        } else if (mayAskAgain && isCutOff(error)) {
          mayAskAgain = false;
        } else if (code === "recovering" || code === "shutting_down") {
          timeout.what = awaitedOf[code];
          if (timeout.isOver()) throw error;
          await new Promise<void>((resolve) => connection.clock.after(askAgainMs, resolve));
        } else throw error;
      }
    }
  };

  const restarting = <W extends Following>(wanted: W): W => ({
    ...wanted,
    onBroken(error: RefusalError) {
      wanted.onBroken?.(error);
      if (start !== null && isCrash(error)) startAgain(start, wanted);
    },
  });

  return {
    ...asking(client, ask),
    async *followEvents(wanted: EventsWanted = {}) {
      const { followEvents } = await import("../client/events.ts");
      yield* followEvents(connection, restarting(wanted));
    },
    async *readOutput(id: number, wanted: OutputWanted = {}) {
      const { readOutput } = await import("../client/output.ts");
      yield* readOutput(connection, id, restarting(wanted));
    },
    async *watchOrphans(wanted: WatchWanted) {
      // A stream starts a server only if one has crashed.
      await ask(() => client.version());
      const { watchOrphans } = await import("../client/orphan-watch.ts");
      yield* watchOrphans(connection, restarting(wanted));
    },
  };
}

/** The stream keeps trying; the reason why no server starts is reported like another break. */
function startAgain(start: () => Promise<unknown>, wanted: Following): void {
  start().catch((error: unknown) => {
    if (error instanceof RefusalError) wanted.onBroken?.(error);
  });
}

type Ask = <T>(action: () => Promise<T>, isRead: boolean) => Promise<T>;

/** Verbs that change nothing: where the server was killed before it had answered, they are asked again. */
const reads: ReadonlySet<string> = new Set<keyof Client>([
  "show",
  "list",
  "receipt",
  "attempts",
  "events",
  "processes",
  "health",
  "version",
  "gpus",
]);

/** Each of the client's verbs, done through `ask`. */
function asking(client: Client, ask: Ask): Client {
  const verbs = Object.entries(client) as [string, (...args: unknown[]) => Promise<unknown>][];
  return Object.fromEntries(
    verbs.map(([name, verb]) => [
      name,
      (...args: unknown[]) => ask(() => verb(...args), reads.has(name)),
    ]),
  ) as unknown as Client;
}

/** The connection broke in the middle of an answer. */
function isCutOff(error: unknown): boolean {
  if (!(error instanceof RefusalError) || error.refusal.code !== "server_unreachable") return false;
  const code = (error.cause as NodeJS.ErrnoException | undefined)?.code;
  return code === "ECONNRESET" || code === "EPIPE";
}

/**
 * A server that was stopped removes its socket; a server that crashed leaves it behind. Only after a
 * crash it is started again, because a stop was intended.
 */
function isCrash({ refusal, cause }: RefusalError): boolean {
  return (
    refusal.code === "server_not_running" &&
    (cause as NodeJS.ErrnoException | undefined)?.code === "ECONNREFUSED"
  );
}
