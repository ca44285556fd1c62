import type { ProblemCode, RefusalError } from "../../contract/problems.ts";
import { problemLines } from "../format/problem.ts";
import type { Screen } from "../terminal/screen.ts";

/** Errors that a follower expects while no server runs; others are reported. */
const expected: ReadonlySet<ProblemCode> = new Set([
  "server_not_running",
  "server_unreachable",
  "recovering",
  "shutting_down",
]);

/** Reports once that the server has gone, once why it does not start again, and when it is back. */
export class Outage {
  #printed = new Set<string>();
  readonly #screen: Screen;
  readonly #jobId: number;

  constructor(screen: Screen, jobId: number) {
    this.#screen = screen;
    this.#jobId = jobId;
  }

  broken(error: RefusalError): void {
    this.#printOnce([`the server has gone away; job ${this.#jobId} continues, trying again`]);
    if (!expected.has(error.refusal.code)) this.#printOnce(problemLines(error.refusal));
  }

  over(): void {
    if (this.#printed.size === 0) return;
    this.#printed = new Set();
    this.#say("the server is back");
  }

  #printOnce(lines: readonly string[]): void {
    const text = lines.join("\n");
    if (this.#printed.has(text)) return;
    this.#printed.add(text);
    this.#say(text);
  }

  #say(text: string): void {
    // A terminal that is gone is detected when data is written.
    this.#screen.say(text).catch(() => undefined);
  }
}
