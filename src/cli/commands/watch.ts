import type { WatchEvent, WatchWanted } from "../../client/orphan-watch.ts";
import { watchIntervalMs } from "../../contract/watch-interval.ts";
import type { Context, Run } from "../context.ts";
import { orphanReceiptPage } from "../format/orphans-page.ts";
import { printable } from "../format/printable.ts";
import { timestamp } from "../format/time.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { refusalIn } from "../rescue.ts";
import { durationValue } from "../grammar/values.ts";

export const definition: VerbDefinition = {
  name: "watch",
  usage: ["[OPTIONS]", "--follow"],
  operands: [],
  options: [
    { long: "--interval", value: "DURATION", summary: "Time between rounds. Default: 30s" },
    {
      long: "--duration",
      value: "DURATION",
      summary: "Exit after this long; 0: run until Ctrl+C. Default: 0",
    },
    { long: "--dry-run", summary: "Reap no process, even if the configuration allows it" },
    { long: "--all-users", summary: "Include other users' processes (requires root)" },
    { long: "--alone", summary: "Work without a server; none is started" },
    { long: "--follow", summary: "Show the events of the server's own watch" },
  ],
  description: [
    "Searches for orphans repeatedly and reports each suspect when it appears, changes and disappears. Ctrl+C ends it. Exits with 1 if --duration ends before a round was completed.",
    "No process is ended unless orphans.watch_reap in the configuration names its class (left-by-job, left-by-other-runner, parent-gone). Then a suspect is ended if two rounds in a row have seen it for the same reason, the first of them at least orphans.watch_after ago, and if its evidence is complete. Each has a plan and a receipt of its own, as orphans plan and orphans reap write them.",
    "With orphans.watch = true the server watches automatically; --follow shows its events. Without it, holdfast watch under cron or a systemd timer does the same, with --alone also where no server runs.",
  ],
  examples: [
    { type: "holdfast watch", does: "until Ctrl+C" },
    {
      type: "holdfast watch --duration 2m --interval 10s --json",
      does: "two minutes, for programs",
    },
  ],
};

/** The way out of a watch that has no end of its own. */
class Left extends Error {}

export const run: Run = async (context) => {
  const { args, clock } = context;
  const wanted = wantedFrom(context);
  const durationMs = durationValue(args, "--duration") ?? 0;
  const over = new AbortController();
  const release = context.onInterrupt(() => over.abort(new Left()));
  let isTimeOver = false;
  const endIt = () => {
    isTimeOver = true;
    over.abort(new Left());
  };
  const timer = durationMs === 0 ? null : clock.after(durationMs, endIt);
  let rounds = 0;
  const hear = async (event: WatchEvent) => {
    if (event.type === "round") rounds += 1;
    if (context.json) await context.screen.document(event);
    else await show(context, event);
  };
  const ended = async () => {
    if (!isTimeOver || rounds > 0 || wanted.of === "server") return 0;
    await context.screen.say("no round was completed in that time: nothing was inspected");
    return 1;
  };
  try {
    if (args.has("--alone")) await watchAlone(context, wanted, over.signal, hear);
    else await watchWithServer(context, { ...wanted, signal: over.signal }, hear);
    return await ended();
  } catch (error) {
    if (error instanceof Left) return await ended();
    throw error;
  } finally {
    timer?.cancel();
    release();
  }
};

function wantedFrom({ args }: Context): WatchWanted {
  const intervalMs = durationValue(args, "--interval");
  const dryRun = args.has("--dry-run");
  const allUsers = args.has("--all-users");
  if (args.has("--follow")) {
    if (intervalMs !== undefined || dryRun || allUsers || args.has("--alone"))
      throw usageError(
        "--follow shows the server's own watch, which has its own settings",
        "holdfast watch --follow",
      );
    return { of: "server" };
  }
  const { least, most, default: defaultMs } = watchIntervalMs;
  if (intervalMs !== undefined && (intervalMs < least || intervalMs > most))
    throw usageError("--interval is between 1s and 1h", "holdfast watch --interval 30s");
  return { of: "own", intervalMs: intervalMs ?? defaultMs, dryRun, allUsers };
}

type Hear = (event: WatchEvent) => Promise<void>;

async function watchWithServer(
  { server, screen }: Context,
  wanted: WatchWanted,
  hear: Hear,
): Promise<void> {
  const following: WatchWanted = {
    ...wanted,
    onBroken: (error) => void screen.say(error.message),
    onResumed: () => void screen.say("watching again; what was seen before is forgotten"),
  };
  for await (const event of server.watchOrphans(following)) await hear(event);
}

/** The program ends when its input does, however this one ends. */
async function watchAlone(
  context: Context,
  wanted: WatchWanted,
  signal: AbortSignal,
  hear: Hear,
): Promise<void> {
  if (wanted.of === "server") return;
  const { of: _of, ...asked } = wanted;
  const program = await context.startRescue(["watch", JSON.stringify(asked)]);
  signal.addEventListener("abort", () => program.end());
  if (signal.aborted) program.end();
  try {
    for await (const line of program.lines) await hear(JSON.parse(line) as WatchEvent);
    const { code, stderr } = await program.ended;
    if (code !== 0)
      throw refusalIn(stderr) ?? new Error(`the watch ended with ${code}: ${stderr.trim()}`);
  } finally {
    program.end();
  }
}

async function show({ screen }: Context, event: WatchEvent): Promise<void> {
  const { type, atMs, message, suspect, receipt } = event;
  // A round says only that the watch is at work.
  if (type === "round") return screen.status(`${timestamp(atMs)} ${message}`);
  await screen.lines([`${timestamp(atMs)} ${printable(message)}`]);
  if (type === "found" || type === "changed")
    await screen.lines((suspect?.evidence ?? []).map((line) => `  ${printable(line)}`));
  if (receipt !== null) await screen.page(orphanReceiptPage(receipt));
}
