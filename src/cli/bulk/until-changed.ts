import type { Job } from "../../client/client.ts";
import { withoutFirstSeen } from "../../contract/first-seen.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";
import { printable } from "../format/printable.ts";
import { hasEnded, describeState } from "../format/states.ts";
import { awaitedLine } from "../follow/status-line.ts";

const pollMs = 500;
/** A keeper freezes thousands of processes within this; longer only if it is held up. */
const timeoutMs = 60_000;

interface Wanted {
  verb: "pause" | "resume";
  from: Job["state"];
  to: Job["state"];
}

/**
 * Waits until a job that was asked to pause or resume has done so: the server answers after ten seconds in any
 * case. Prints what is awaited. Throws RefusalError, also after a minute.
 */
export async function untilChanged(
  { server, screen, clock }: Context,
  asked: Job,
  { verb, from, to }: Wanted,
): Promise<Job> {
  const untilMs = clock.monotonicMs() + timeoutMs;
  let printed: string | null = null;
  let job = asked;
  while (job.state === from) {
    const line = awaitedLine(job);
    const lasting = line === null ? null : withoutFirstSeen(line);
    if (line !== null && lasting !== printed) await screen.say(line);
    printed = lasting;
    if (clock.monotonicMs() >= untilMs) throw notYet(job, to);
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
    job = await server.show(job.id);
  }
  const { id, state } = job;
  if (state === to) return job;
  throw new RefusalError(
    hasEnded(job)
      ? { code: "already_ended", details: { id, state } }
      : { code: "not_allowed_now", details: { id, state, verb, needs: `a ${from} job` } },
  );
}

function notYet({ id, message }: Job, to: Job["state"]): RefusalError {
  const why = message === null ? "" : ` (${printable(message)})`;
  const what = `Job ${id} is not ${describeState(to)} yet${why}; the request stands, holdfast show ${id} shows the state`;
  return new RefusalError({ code: "change_unconfirmed", details: { what } });
}
