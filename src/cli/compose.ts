import { closeSync, openSync, readSync } from "node:fs";
import { userInfo } from "node:os";
import { createClient } from "../client/client.ts";
import type { LocalServer } from "../client/local-server.ts";
import type { Context, Host, Interrupt, Server } from "./context.ts";
import { Arguments } from "./grammar/parse.ts";
import { reachServer } from "./reach.ts";
import { serverProcess } from "./server-process.ts";
import type { Submitter } from "./submission/submitter.ts";
import type { Keyboard } from "./terminal/keys.ts";
import type { Screen } from "./terminal/screen.ts";

/** What a command has of the process that it runs for. Paths are absolute. */
export interface Surroundings {
  env: NodeJS.ProcessEnv;
  cwd: string;
  screen: Screen;
  keyboard: Keyboard;
  submitter: () => Submitter;
  onInterrupt: (listener: (signal: Interrupt) => void) => () => void;
  local: LocalServer;
  /** The bundled programs of the server and of the rescue. */
  serverEntry: string;
  rescueEntry: string;
  /** The program `holdfast` of this clone. */
  launcher: string;
  /** For programs that it starts, if they do not get those of this process. */
  inherited?: { env: NodeJS.ProcessEnv; cwd: string };
}

/** The parts of `command`: for the process that runs it, or for a client of the command host. */
export function composed(surroundings: Surroundings): {
  context: Omit<Context, "server">;
  server: (mayStart: boolean) => Server;
} {
  const { env, cwd, screen, keyboard, submitter, onInterrupt, local } = surroundings;
  const { serverEntry, rescueEntry, launcher, inherited } = surroundings;
  const host: Host = {
    launcher,
    userName: () => userInfo().username,
    async run(program, args) {
      const { runToEnd } = await import("../client/programs.ts");
      return await runToEnd(program, args, inherited);
    },
  };
  const context: Omit<Context, "server"> = {
    args: new Arguments([], new Map()),
    json: false,
    env,
    submitter,
    cwd,
    screen,
    keyboard,
    clock: local.connection.clock,
    help: async (args) => (await import("./grammar/help.ts")).helpFor(args, screen.width),
    newKey: randomKey,
    serverProcess: serverProcess(local, serverEntry),
    host,
    rescueProgram: (args) => host.run(process.execPath, [rescueEntry, ...args]),
    async startRescue(args) {
      const { startLines } = await import("../client/programs.ts");
      return startLines(process.execPath, [rescueEntry, ...args], inherited);
    },
    onInterrupt,
  };
  const client = createClient(local.connection);
  const autostart = async (): Promise<{ started: boolean }> => {
    const { serviceAnswers } = await import("./service/beside-service.ts");
    return (await serviceAnswers(context)) ? { started: false } : await local.autostart();
  };
  return {
    context,
    server: (mayStart) =>
      reachServer({ connection: local.connection, client, start: mayStart ? autostart : null }),
  };
}

/** 128 bits. Not from node:crypto, which takes 5 ms to load. */
function randomKey(): string {
  const bytes = Buffer.alloc(16);
  const descriptor = openSync("/dev/urandom", "r");
  try {
    readSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
  return bytes.toString("hex");
}
