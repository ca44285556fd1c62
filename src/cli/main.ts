import {
  builtProgram,
  currentFolder,
  keepProcessAlive,
  launcher,
  localServer,
} from "../client/local-server.ts";
import { command } from "./command.ts";
import { composed } from "./compose.ts";
import type { Interrupt } from "./context.ts";
import { describeFailure } from "./describe-failure.ts";
import { submitterOf, submitterVariable } from "./submission/submitter.ts";
import { terminalKeyboard } from "./terminal/keys.ts";
import { Screen } from "./terminal/screen.ts";
import { streamSink } from "./terminal/sink.ts";

/** The command line: the only file in cli/ that accesses its own process. */

// Not passed on to the server or to other programs that are started here.
const submitterLine = process.env[submitterVariable];
delete process.env[submitterVariable];

const { env } = process;
const cwd = currentFolder(env);
const screen = new Screen(streamSink(process.stdout), streamSink(process.stderr), env);
// A terminal that is gone is detected when data is written.
const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);

function onInterrupt(listener: (signal: Interrupt) => void): () => void {
  const signals: Interrupt[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}

async function main(): Promise<never> {
  // Clocks and streams that reconnect do not.
  keepProcessAlive();
  try {
    const { context, server } = composed({
      env,
      cwd,
      screen,
      keyboard: terminalKeyboard(() => process.stdin),
      submitter: () => submitterOf(submitterLine, env),
      onInterrupt,
      local: localServer(env, builtProgram("server"), onWaiting),
      serverEntry: builtProgram("server"),
      rescueEntry: builtProgram("rescue"),
      launcher,
    });
    process.exit(await command(process.argv.slice(2), context, server));
  } catch (error) {
    const { text, exitCode } = describeFailure(error);
    process.stderr.write(text);
    process.exit(exitCode);
  }
}

void main();
