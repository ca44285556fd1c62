import { closeSync, openSync, readSync } from "node:fs";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { createClient } from "../client/client.ts";
import { currentFolder, keepProcessAlive, localServer } from "../client/local-server.ts";
import type { Context, Host, Interrupt, Server } from "./context.ts";
import { Arguments } from "./grammar/parse.ts";
import { command } from "./command.ts";
import { describeFailure } from "./describe-failure.ts";
import { reachServer } from "./reach.ts";
import { serverProcess } from "./server-process.ts";
import { submitterOf, submitterVariable } from "./submission/submitter.ts";
import { terminalKeyboard } from "./terminal/keys.ts";
import { Screen } from "./terminal/screen.ts";
import { streamSink } from "./terminal/sink.ts";

/** The command line: the only file in cli/ that accesses its own process. */

// The bundle is in build/parts, beside build/server.js.
const serverEntry = join(import.meta.dirname, "../server.js");
const rescueEntry = join(import.meta.dirname, "../rescue.js");

// Not passed on to the server or to other programs that are started here.
const submitterLine = process.env[submitterVariable];
delete process.env[submitterVariable];

const screen = new Screen(streamSink(process.stdout), streamSink(process.stderr), process.env);
// A terminal that is gone is detected when data is written.
const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);
const local = localServer(process.env, serverEntry, onWaiting);
const client = createClient(local.connection);

function server(mayStart: boolean): Server {
  const start = mayStart ? autostart : null;
  return reachServer({ connection: local.connection, client, start });
}

/** On first use. */
async function autostart(): Promise<{ started: boolean }> {
  const { serviceAnswers } = await import("./service/beside-service.ts");
  return (await serviceAnswers(context)) ? { started: false } : await local.autostart();
}

function onInterrupt(listener: (signal: Interrupt) => void): () => void {
  const signals: Interrupt[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

const host: Host = {
  // The launcher starts build/cli.cjs, which loads build/parts.
  launcher: resolve(import.meta.dirname, "../../holdfast"),
  userName: () => userInfo().username,
  async run(program, args) {
    const { runToEnd } = await import("../client/programs.ts");
    return await runToEnd(program, args);
  },
};

const context: Omit<Context, "server"> = {
  args: new Arguments([], new Map()),
  json: false,
  env: process.env,
  submitter: () => submitterOf(submitterLine, process.env),
  cwd: currentFolder(process.env),
  screen,
  keyboard: terminalKeyboard(() => process.stdin),
  clock: local.connection.clock,
  help: async (args) => (await import("./grammar/help.ts")).helpFor(args, screen.width),
  newKey: randomKey,
  serverProcess: serverProcess(local, serverEntry),
  host,
  rescueProgram: (args) => host.run(process.execPath, [rescueEntry, ...args]),
  async startRescue(args) {
    const { startLines } = await import("../client/programs.ts");
    return startLines(process.execPath, [rescueEntry, ...args]);
  },
  onInterrupt,
};

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

async function main(): Promise<never> {
  // Clocks and streams that reconnect do not.
  keepProcessAlive();
  try {
    process.exit(await command(process.argv.slice(2), context, server));
  } catch (error) {
    const { text, exitCode } = describeFailure(error);
    process.stderr.write(text);
    process.exit(exitCode);
  }
}

void main();
