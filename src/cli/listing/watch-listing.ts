import type { Job } from "../../client/client.ts";
import type { JobEvent } from "../../contract/event.ts";
import type { Context } from "../context.ts";
import { fold } from "../format/fold.ts";
import { jobTable } from "../format/job-table.ts";
import { describeState } from "../format/states.ts";
import { timestamp } from "../format/time.ts";
import { together } from "../together.ts";
import { RefusalError } from "../../contract/problems.ts";
import { folderWarnings } from "./folder-warnings.ts";
import { listedJobs, type Listing } from "./listing.ts";
import { matchingEvents } from "./matching-events.ts";

/** Twice a second at most: more would only flicker. */
const redrawMs = 500;
/** Progress, ages and the state of folders have no events. */
const refreshMs = 1000;
/** Without a terminal: how often the state of folders is requested. */
const warnEveryMs = 10_000;

/** Ctrl+C: the way out of a view that has no end. */
class Left extends Error {}

/** Until Ctrl+C: a live table on a terminal, elsewhere a line (or an event) for each change. */
export async function watchListing(context: Context, listing: Listing): Promise<number> {
  const { screen, json } = context;
  const over = new AbortController();
  const release = context.onInterrupt(() => over.abort(new Left()));
  try {
    await (screen.outIsTerminal && !json
      ? showTable(context, listing, over)
      : together(over, [
          writeEvents(context, listing, over.signal),
          writeWarnings(context, over.signal),
        ]));
    return 0;
  } catch (error) {
    if (error instanceof Left) return 0;
    throw error;
  } finally {
    release();
  }
}

function describeEvent({ atMs, jobId, state, data }: JobEvent): string {
  const why =
    typeof data["reason"] === "string" ? ` (${describeState(data["reason"] as Job["state"])})` : "";
  return `${timestamp(atMs)} job ${jobId} ${state === null ? "" : describeState(state)}${why}`;
}

async function writeEvents(
  { screen, server, json }: Context,
  listing: Listing,
  signal: AbortSignal,
) {
  const matches = matchingEvents(server, listing);
  for await (const event of server.followEvents({ signal })) {
    if (!(await matches(event))) continue;
    if (json) await screen.document(event);
    else if (event.type === "state") await screen.lines([describeEvent(event)]);
  }
}

/** Each once while it lasts. */
async function writeWarnings(context: Context, signal: AbortSignal): Promise<void> {
  let said: string[] = [];
  while (!signal.aborted) {
    // While the server is restarted, the stream of events waits for it or gives up.
    const health = await context.server.health().catch(unlessRefused);
    if (health !== null) {
      const warnings = folderWarnings(health);
      for (const warning of warnings)
        if (!said.includes(warning)) await context.screen.say(warning);
      said = warnings;
    }
    await pause(context, warnEveryMs, signal);
  }
}

function unlessRefused(error: unknown): null {
  if (error instanceof RefusalError) return null;
  throw error;
}

async function showTable(context: Context, listing: Listing, over: AbortController) {
  const { screen, server } = context;
  const news = { changed: true };
  const listen = async () => {
    for await (const event of server.followEvents({ signal: over.signal }))
      news.changed ||= event.jobId > 0;
  };
  await screen.enterFullScreen();
  try {
    await together(over, [listen(), redraw(context, listing, over.signal, news)]);
  } finally {
    await screen.leaveFullScreen();
  }
}

async function redraw(
  context: Context,
  listing: Listing,
  signal: AbortSignal,
  news: { changed: boolean },
): Promise<void> {
  const { screen, clock, server } = context;
  let jobs: Job[] = [];
  let warnings: string[] = [];
  let fetchedAtMs = -refreshMs;
  while (!signal.aborted) {
    if (news.changed || clock.monotonicMs() >= fetchedAtMs + refreshMs) {
      news.changed = false;
      const [page, health] = await Promise.all([listedJobs(server, listing), server.health()]);
      ({ jobs } = page);
      warnings = folderWarnings(health);
      fetchedAtMs = clock.monotonicMs();
    }
    const lines = jobs.length === 0 ? ["No jobs."] : screen.laidOut(jobTable(jobs, clock.nowMs()));
    const below = warnings.flatMap((warning) => fold(warning, screen.width ?? Infinity));
    await screen.repaint([...visible(lines, screen.height - below.length), ...below]);
    await pause(context, redrawMs, signal);
  }
}

/** The table's head and as many rows as fit. */
function visible(lines: string[], height: number): string[] {
  const rows = Math.max(2, height - 1);
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, rows - 1);
  return [...shown, `… and ${lines.length - shown.length} more`];
}

function pause({ clock }: Context, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.after(ms, done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
