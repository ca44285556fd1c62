import { Attempts } from "./attempts.ts";
import { Database } from "./database.ts";
import { Events } from "./events.ts";
import { Jobs } from "./jobs.ts";
import { Submissions } from "./submissions.ts";

/** Everything that is remembered, one file of queries per noun. Only the supervisor writes. */
export class Store {
  readonly jobs: Jobs;
  readonly attempts: Attempts;
  readonly events: Events;
  readonly submissions: Submissions;
  readonly #db: Database;

  constructor(path: string) {
    this.#db = new Database(path);
    this.events = new Events(this.#db);
    this.jobs = new Jobs(this.#db, this.events);
    this.attempts = new Attempts(this.#db);
    this.submissions = new Submissions(this.#db);
  }

  transaction<T>(body: () => T): T {
    return this.#db.transaction(body);
  }

  close(): void {
    this.#db.close();
  }
}
