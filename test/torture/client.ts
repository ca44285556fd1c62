import { setTimeout as delay } from "node:timers/promises";
import type { Client } from "../../src/client/client.ts";
import { isPassing } from "../../src/client/following.ts";
import { RefusalError, type ProblemCode } from "../../src/contract/problems.ts";
import type { Journal, Submission } from "./journal.ts";
import { requestFor, type Places } from "./payload.ts";
import type { Random } from "./random.ts";

/**
 * Errors that a client may get because it does not know what the others do, and that any client may get
 * while the disk is full, or the server has no descriptor left for a file of its database.
 */
const expected = new Set<ProblemCode>([
  "already_ended",
  "not_allowed_now",
  "not_ended",
  "no_such_job",
  "storage_full",
  "storage_failed",
]);

/** Sends one request after the other until it is stopped. */
export class RandomClient {
  readonly #name: string;
  readonly #client: Client;
  readonly #journal: Journal;
  readonly #places: Places;
  readonly #random: Random;
  #submitted = 0;

  constructor(name: string, client: Client, journal: Journal, places: Places, random: Random) {
    this.#name = name;
    this.#client = client;
    this.#journal = journal;
    this.#places = places;
    this.#random = random;
  }

  async run(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      await this.#turn(over);
      await delay(this.#random.between(10, 120));
    }
  }

  async #turn(over: AbortSignal): Promise<void> {
    const dice = this.#random.next();
    if (dice < 0.35) return this.#submit(over);
    const id = this.#random.pick(this.#journal.known.slice(-30));
    if (id === undefined) return;
    if (dice < 0.5) return this.#stop(id, "cancel");
    if (dice < 0.58) return this.#stop(id, "kill");
    if (dice < 0.66) return this.#retry(id);
    if (dice < 0.75) return this.#remove(id);
    const verb = this.#random.pick(["pause", "resume", "resume", "hold", "release"] as const);
    if (verb !== undefined) await this.#ask(verb, () => this.#client[verb](id));
  }

  /** With one key, until it is acknowledged: what a careful client does. */
  async #submit(over: AbortSignal): Promise<void> {
    const tag = `${this.#name}-${this.#submitted}`;
    this.#submitted += 1;
    const submission: Submission = { tag, code: this.#random.between(0, 3), id: null };
    const request = requestFor(submission, this.#places, this.#random);
    this.#journal.submissions.push(submission);
    while (!over.aborted && submission.id === null) {
      const answer = await this.#ask("submit", () => this.#client.submit(request, tag));
      if (answer === null) await delay(50);
      else submission.id = answer.job.id;
    }
  }

  async #stop(id: number, verb: "cancel" | "kill"): Promise<void> {
    this.#journal.stopAsked.add(id);
    const job = await this.#ask(verb, () => this.#client[verb](id));
    if (job !== null) this.#journal.stopAcknowledged.add(id);
  }

  async #retry(id: number): Promise<void> {
    const job = await this.#ask("retry", () => this.#client.retry(id));
    if (job !== null) this.#journal.retries.set(job.id, id);
  }

  async #remove(id: number): Promise<void> {
    this.#journal.removalAsked.add(id);
    const done = await this.#ask("remove", async () => {
      await this.#client.remove(id);
      return true;
    });
    if (done === true) this.#journal.removed.add(id);
  }

  /** Null where it was refused or never answered. */
  async #ask<T>(verb: string, action: () => Promise<T>): Promise<T | null> {
    this.#journal.count(verb);
    try {
      return await action();
    } catch (error) {
      // So slow a machine that the request was not read in ten seconds: nothing was done.
      if (error instanceof RefusalError && error.message.includes("did not come in time"))
        return null;
      const known = error instanceof RefusalError;
      if (!isPassing(error) && !(known && expected.has(error.refusal.code)))
        this.#journal.violations.push(`${verb}: ${String(error)}`);
      return null;
    }
  }
}
