import type { WatchEvent, WatchRequest } from "../contract/orphan-watch.ts";

/** A pino logger fits. */
interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

type Publish = (event: WatchEvent) => void;
type Watch = (asked: WatchRequest, publish: Publish, signal: AbortSignal) => unknown;

/** The watch that a server runs while it is up, if the configuration enables it. */
export class StandingWatch {
  readonly #listeners = new Set<Publish>();
  readonly #end = new AbortController();

  static start(watch: Watch, intervalMs: number, log: Log): StandingWatch {
    const standing = new StandingWatch();
    const asked = { intervalMs, dryRun: false, allUsers: false };
    watch(asked, (event) => standing.#publish(event, log), standing.#end.signal);
    return standing;
  }

  /** Reports events from now on. Returns a function that unsubscribes. */
  subscribe(listener: Publish): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#end.abort();
  }

  #publish(event: WatchEvent, log: Log): void {
    const { type, message, receipt } = event;
    // Rounds are not logged: they would fill the log.
    if (type === "round-failed" || type === "reap-failed") log.warn({ type }, message);
    else if (type !== "round") log.info({ type, plan: receipt?.plan }, message);
    for (const listener of this.#listeners) listener(event);
  }
}
