import type { Job } from "../../client/client.ts";
import type { JobEvent } from "../../contract/event.ts";
import type { Context } from "../context.ts";
import { jobTable } from "../format/job-table.ts";
import { stateWords } from "../format/states.ts";
import { timestamp } from "../format/time.ts";
import { together } from "../together.ts";
import { listedJobs, type Listing } from "./listing.ts";

/** Twice a second at most: more would only flicker. */
const redrawMs = 500;
/** Progress and ages have no events. */
const refreshMs = 1000;

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
      : writeEvents(context, over.signal));
    return 0;
  } catch (error) {
    if (error instanceof Left) return 0;
    throw error;
  } finally {
    release();
  }
}

function eventWords({ atMs, jobId, state, data }: JobEvent): string {
  const why =
    typeof data["reason"] === "string" ? ` (${stateWords(data["reason"] as Job["state"])})` : "";
  return `${timestamp(atMs)} job ${jobId} ${state === null ? "" : stateWords(state)}${why}`;
}

async function writeEvents({ screen, server, json }: Context, signal: AbortSignal) {
  for await (const event of server.followEvents({ signal })) {
    if (json) await screen.document(event);
    else if (event.type === "state") await screen.lines([eventWords(event)]);
  }
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
  let fetchedAtMs = -refreshMs;
  while (!signal.aborted) {
    if (news.changed || clock.monotonicMs() >= fetchedAtMs + refreshMs) {
      news.changed = false;
      ({ jobs } = await listedJobs(server, listing));
      fetchedAtMs = clock.monotonicMs();
    }
    const lines =
      jobs.length === 0 ? ["No jobs."] : jobTable(jobs, clock.nowMs(), screen.width, screen.style);
    await screen.repaint(visible(lines, screen.height));
    await nextTick(context, signal);
  }
}

/** The table's head and as many rows as fit. */
function visible(lines: string[], height: number): string[] {
  const rows = height - 1;
  if (lines.length <= rows) return lines;
  const shown = lines.slice(0, rows - 1);
  return [...shown, `… and ${lines.length - shown.length} more`];
}

function nextTick({ clock }: Context, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(redrawMs, resolve);
    signal.addEventListener(
      "abort",
      () => {
        timer.cancel();
        resolve();
      },
      { once: true },
    );
  });
}
