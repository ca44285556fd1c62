import type { Logger } from "pino";
import type { Paths } from "../config/paths.ts";
import { realClock } from "../system/clock.ts";
import type { FileInPlace, PlaceOfFile } from "../system/file-in-place.ts";
import { listenAgain } from "./listen-again.ts";
import { watchFolder } from "./watch-folder.ts";

export interface WatchedPlaces {
  paths: Paths;
  database: FileInPlace;
  /** The socket that this server listens at. */
  listening: { place(): PlaceOfFile; again(): Promise<void> };
  /** Its socket is named after the server's. */
  commandHost: { open(): Promise<void> };
  log: Logger;
  /** Ends this server. */
  end: (why: string) => void;
}

/** Watches the state folder and the socket of this server, and logs what happens to them. */
export function watchPlaces(places: WatchedPlaces): void {
  const { paths, database, listening, commandHost, log, end } = places;
  const again = async () => {
    await listening.again();
    await commandHost.open();
  };
  watchFolder({
    database,
    socket: { state: () => listening.place() },
    clock: realClock,
    onGone: (place) =>
      log.error({ path: paths.database, place }, "the state folder is gone; jobs continue"),
    onUnreachable: () => end("state folder and socket are gone"),
    onSocketGone: listenAgain({ again }, paths.socket, log),
    onUnknown: (err) => log.warn({ err }, "whether the state folder is in place is unknown"),
  });
}
