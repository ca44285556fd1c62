import { parentPort, workerData } from "node:worker_threads";
import { carried } from "../contract/carried-error.ts";
import { AttemptReads } from "../store/attempt-reads.ts";
import { EventReads } from "../store/event-reads.ts";
import { JobReads } from "../store/job-reads.ts";
import { ReadOnlyConnection } from "../store/read-only-connection.ts";
import { buildId } from "../system/build-id.ts";
import { realClock } from "../system/clock.ts";
import { readJobPage, type PageSources } from "./job-page.ts";
import type { Answer, NumberedQuestion, ReaderData } from "./messages.ts";
import { isThereNow } from "./progress.ts";

/**
 * The reading thread: answers questions that grow with the history, over a connection that cannot
 * write. It keeps nothing between two questions but what it has verified. Several are answered in
 * turns, a step each, so a short one does not wait for the end of a long one.
 */
function open({ build, database, identity, attemptsDir }: ReaderData): PageSources {
  // The file of another build can have the inode by which this program was compared.
  if (build !== buildId) throw new Error("the program of the reading thread is of another build");
  const connection = ReadOnlyConnection.open(database, identity);
  const events = new EventReads(connection);
  return {
    jobs: new JobReads(connection, events),
    attempts: new AttemptReads(connection),
    events,
    snapshot: connection.snapshot,
    attemptsDir,
    isThere: isThereNow,
  };
}

class Gone extends Error {}

function serve(sources: PageSources, say: (answer: Answer) => void) {
  const asked = new Set<number>();
  const read = async (question: NumberedQuestion) => {
    const { id } = question;
    const pause = async () => {
      await new Promise<void>((resolve) => realClock.soon(resolve));
      if (!asked.has(id)) throw new Gone();
    };
    if (question.kind === "jobs") return await readJobPage(sources, question.query, pause);
    if (question.kind === "gone") return null;
    const { job, after, limit } = question.query;
    return sources.events.after(job, after, limit);
  };
  return async (question: NumberedQuestion) => {
    const { id, kind } = question;
    if (kind === "gone") {
      asked.delete(id);
      return;
    }
    asked.add(id);
    try {
      const value = await read(question);
      if (value !== null) say({ kind: "answered", id, value });
    } catch (error) {
      if (!(error instanceof Gone)) say({ kind: "failed", id, error: carried(error) });
    } finally {
      asked.delete(id);
    }
  };
}

const port = parentPort;
if (port === null) throw new Error("this program is a thread of the server");
const say = (answer: Answer) => port.postMessage(answer);
try {
  const answer = serve(open(workerData as ReaderData), say);
  say({ kind: "open" });
  port.on("message", (question: NumberedQuestion) => void answer(question));
} catch (error) {
  say({ kind: "closed", why: (error as Error).message });
}
