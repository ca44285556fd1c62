import type { Socket } from "node:net";
import { command } from "../cli/command.ts";
import { composed } from "../cli/compose.ts";
import { describeFailure } from "../cli/describe-failure.ts";
import { submitterOf, submitterVariable } from "../cli/submission/submitter.ts";
import { Screen } from "../cli/terminal/screen.ts";
import { localServer, type LocalServer, type Principal } from "../client/local-server.ts";
import { onBehalfOf } from "../contract/on-behalf-of.ts";
import { RefusalError } from "../contract/problems.ts";
import type { AskingProcess } from "../processes/enclosing-job.ts";
import { peerProcess } from "../processes/peer-process.ts";
import { builtProgram, launcher } from "../system/built-program.ts";
import { realClock, type Clock } from "../system/clock.ts";
import { ClientLink } from "./client-link.ts";
import { type Frame, FrameReader } from "./frames.ts";
import { canHost, type OwnPlace } from "./own-place.ts";
import { parseRequest, type CommandRequest } from "./request.ts";

/** As native/client/request.c sends at most. */
const largestRequest = 8 * 1024 * 1024;
/** Later messages contain what was typed. */
const largestMessage = 64 * 1024;

/** For a client to send its command and to let it run; and at the end, to take its exit code. */
const timeoutMs = 10_000;

/** Runs the command of a client that has connected. Resolves when that is over, in any way. */
export async function serveCommand(
  socket: Socket,
  place: OwnPlace,
  clock: Clock = realClock,
): Promise<void> {
  // In all: a client that sends slowly cannot prolong it.
  const arrival = clock.after(timeoutMs, () => socket.destroy());
  const frames = framesOf(socket);
  const link = new ClientLink(socket);
  try {
    const identity = await peerOf(socket);
    const request = identity === null ? null : await requestOf(frames);
    if (identity === null || request === null) return;
    const submitterLine = request.env[submitterVariable];
    delete request.env[submitterVariable];
    link.size = request.size;
    const { terminals, env } = request;
    const out = link.sink("O", terminals.output);
    const errors = link.sink("E", terminals.error);
    const screen = new Screen(out, errors, env);
    const local = reachable(env, (text) => void screen.say(text).catch(() => undefined), {
      process: identity,
      headers: { [onBehalfOf]: `${identity.pid} ${identity.start}` },
      signal: link.gone,
    });
    if (local === null || !(await canHost(place, request, local))) return;
    // Nothing has happened yet. From the client's answer on it never starts the command anywhere else.
    link.send("R");
    const answer = await frames.next();
    if (answer.done === true || answer.value.kind !== "G") return;
    arrival.cancel();
    void hearAll(frames, link, socket);
    const { context, server } = composed({
      env,
      cwd: request.cwd,
      screen,
      keyboard: link.keyboard(terminals.input),
      submitter: () => submitterOf(submitterLine, env, () => request.rawEnvironment),
      onInterrupt: link.onInterrupt,
      local,
      serverEntry: builtProgram("server"),
      rescueEntry: builtProgram("rescue"),
      launcher,
      inherited: { env, cwd: request.cwd },
    });
    const complain = (text: string) => errors.write(text);
    link.exit(await exitCodeOf(command(request.args, context, server), complain, link.gone));
  } finally {
    arrival.cancel();
    // Where the client still waits for an answer, it starts Node.
    if (!socket.writableEnded) socket.destroy();
    await closed(socket, clock);
  }
}

/** Null: its environment names no server. Node reports why. */
function reachable(
  env: NodeJS.ProcessEnv,
  onWaiting: (text: string) => void,
  principal: Principal,
): LocalServer | null {
  try {
    return localServer(env, builtProgram("server"), onWaiting, principal);
  } catch (error) {
    if (error instanceof RefusalError) return null;
    throw error;
  }
}

/** The exit code has arrived when the client hangs up. A client that is stopped by a signal reads it later. */
async function closed(socket: Socket, clock: Clock): Promise<void> {
  if (socket.closed) return;
  const leaving = clock.after(timeoutMs, () => socket.destroy());
  await new Promise((heard) => socket.once("close", heard));
  leaving.cancel();
}

async function exitCodeOf(
  running: Promise<number>,
  complain: (text: string) => Promise<void>,
  gone: AbortSignal,
): Promise<number> {
  const { promise: left, resolve: leave } = Promise.withResolvers<number>();
  gone.addEventListener("abort", () => leave(0));
  const ended = running.catch(async (error: unknown) => {
    const { text, exitCode } = describeFailure(error);
    await complain(text).catch(() => undefined);
    return exitCode;
  });
  return await Promise.race([ended, left]);
}

/** The client's process for the server's records; null: another user's, or in a namespace that is not visible here. */
async function peerOf(socket: Socket): Promise<AskingProcess | null> {
  const peer = await peerProcess(socket);
  if (peer === null || peer.stat === null || peer.uid !== process.geteuid?.()) return null;
  return socket.destroyed ? null : { pid: peer.stat.pid, start: peer.stat.start };
}

async function requestOf(frames: AsyncIterator<Frame>): Promise<CommandRequest | null> {
  const first = await frames.next();
  return first.done === true || first.value.kind !== "R" ? null : parseRequest(first.value.content);
}

async function hearAll(frames: AsyncIterable<Frame>, link: ClientLink, socket: Socket) {
  try {
    for await (const frame of frames) link.hear(frame);
  } catch {
    socket.destroy();
  }
}

/** Reads only when the next one is wanted. Ends with the connection. */
async function* framesOf(socket: Socket): AsyncGenerator<Frame, void> {
  const reader = new FrameReader(largestRequest);
  try {
    for await (const bytes of socket) {
      for (const frame of reader.read(bytes as Buffer)) {
        reader.limit = largestMessage;
        yield frame;
      }
    }
  } catch {
    // Broken, or not a client.
  }
}
