import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { buildId } from "../system/build-id.ts";
import { listenPrivately } from "../system/private-socket.ts";
import { realClock, type Timer } from "../system/clock.ts";
import { machineTimeZone, ownNamespaces, type OwnPlace } from "./own-place.ts";
import { serveCommand } from "./serve-command.ts";

/**
 * The command host: runs commands of clients (native/client) in one Node that is started already. It is a
 * child of the server and outlives it by the commands that run: these reach the next server as every
 * command does. It is a process of its own, so that no command holds up the thread that serves cancels.
 *
 * Arguments: the server's build, its socket, its state folder, the path to listen on. Writes `ready`, waits
 * for a line, then listens. Ends when its standard input ends, or after a time without a command.
 */

/** More commands go to Node. Most of them wait. */
const mostCommands = 128;
const idleMs = 10 * 60 * 1000;

const [build = "", socket = "", stateDir = "", path = ""] = process.argv.slice(2);
// A build beside a running server may have put another program here.
if (build !== buildId) {
  process.stderr.write("this program is of another build than the server\n");
  process.exit(1);
}

const place: OwnPlace = {
  build,
  namespaces: ownNamespaces(),
  env: { ...process.env },
  timeZone: machineTimeZone(),
  socket,
  stateDir,
};
let running = 0;
let closing = false;
let idle: Timer | null = null;

const host: Server = createServer({ pauseOnConnect: true }, (client) => void serve(client));

async function serve(client: Socket): Promise<void> {
  client.on("error", () => undefined);
  if (running >= mostCommands) {
    client.destroy();
    return;
  }
  running += 1;
  idle?.cancel();
  await serveCommand(client, place).finally(() => {
    running -= 1;
    if (running === 0) rest();
  });
}

function begin(): void {
  process.title = "holdfast-commands";
  rest();
}

/** Nothing runs. */
function rest(): void {
  if (closing) process.exit(0);
  idle = realClock.after(idleMs, end);
}

function end(): void {
  closing = true;
  host.close();
  if (running === 0) process.exit(0);
}

// Its readers end with the server; the commands continue.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
// A connection that could not be accepted; its client starts Node.
host.on("error", () => undefined);
process.chdir("/");
process.umask(0o077);
// A client that left in the middle of a write is no reason to end the others' commands.
process.on("unhandledRejection", (error) => {
  process.stderr.write(`a command: ${error instanceof Error ? error.stack : String(error)}\n`);
});
createInterface({ input: process.stdin })
  .once("line", () => void listenPrivately(host, path).then(begin, end))
  .once("close", end);
process.stdout.write("ready\n");
