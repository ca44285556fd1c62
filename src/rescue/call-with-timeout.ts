import { call, type Answer } from "../client/call.ts";
import type { Connection } from "../client/http.ts";
import type { Input, Operation } from "../client/operations.ts";
import { StallTimeout } from "../client/stall-timeout.ts";
import { RefusalError } from "../contract/problems.ts";

/** A server that does nothing for this long does not answer any more. */
const stallMs = 5000;
/**
 * Only a server that works without answering gets there: it serves a scan in seconds, on a machine with ten
 * times as many processes as CPUs in half a minute.
 */
const longestMs = 60_000;

/**
 * Asks a server that may hang. Waits while it works, and says so. Throws RefusalError server_unreachable when it
 * does nothing for five seconds, or has not answered in a minute.
 */
export async function callWithTimeout<O extends Operation>(
  connection: Connection,
  operation: O,
  input: Input<O>,
): Promise<Answer<O>> {
  const { clock } = connection;
  const late = new AbortController();
  let what = "";
  const giveUp = (reason: string) => {
    what = reason;
    late.abort();
  };
  const limits = { stallMs, sayAfterMs: stallMs };
  const stall = new StallTimeout(clock, connection, "the server's answer", limits).watch(() =>
    giveUp(`no answer in ${stallMs / 1000} s without any work`),
  );
  const end = clock.after(longestMs, () =>
    giveUp(`no answer in ${longestMs / 1000} s, though it works`),
  );
  try {
    // One message about what is awaited is enough.
    const { socket, progress } = connection;
    const quiet = { socket, clock, ...(progress === undefined ? {} : { progress }) };
    return await call(quiet, operation, { ...input, signal: late.signal });
  } catch (error) {
    if (!late.signal.aborted) throw error;
    throw new RefusalError({ code: "server_unreachable", details: { what } }, { cause: error });
  } finally {
    stall.cancel();
    end.cancel();
  }
}
