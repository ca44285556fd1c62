import { randomInt } from "node:crypto";
import type { JobEvent } from "../contract/event.ts";
import { liveStates, type State } from "../job/states.ts";
import { Allocations } from "./allocations.ts";
import { Attempts } from "./attempts.ts";
import { backupsIn } from "./backups.ts";
import { type Commit, Database } from "./database.ts";
import { schemaVersion } from "./migrations.ts";
import { Events } from "./events.ts";
import { Gpus } from "./gpus.ts";
import { GroupCommit } from "./group-commit.ts";
import { failpoint } from "../system/failpoints.ts";
import { History } from "./history.ts";
import { Import } from "./import.ts";
import { Jobs } from "./jobs.ts";
import { Journal } from "./journal.ts";
import { journalEnd } from "./journal-reader.ts";
import { Marks } from "./marks.ts";
import type { CommitStep } from "./steps.ts";
import { Queue } from "./queue.ts";
import { Receipts } from "./receipts.ts";
import { Reserve } from "./reserve.ts";
import { Rebuild } from "./rebuild.ts";
import { StopRequests } from "./stop-requests.ts";
import { Submissions } from "./submissions.ts";
import { Tags } from "./tags.ts";

const mostDamageNoted = 1000;

export interface StoreOptions {
  path: string;
  /** Calls back when the current work is done. */
  soon: (callback: () => void) => void;
  /** Where each commit is recorded a second time; none for a store in memory. */
  journalDir?: string;
  /** A file that takes up space for what frees space; none for a store in memory. */
  reserveFile?: string;
  /** The copies that the journal continues. */
  backupsDir?: string;
}

/**
 * All stored data, one file of queries per noun. Only the supervisor writes, and
 * only inside `commit`, `commitNow` or `commitLightly`: the events that were appended
 * there are passed to `onCommitted` when, and only when, they are on record, in the
 * order of their seq.
 */
export class Store {
  readonly jobs: Jobs;
  readonly queue: Queue;
  readonly attempts: Attempts;
  readonly receipts: Receipts;
  readonly allocations: Allocations;
  readonly events: Events;
  readonly submissions: Submissions;
  readonly tags: Tags;
  readonly stopRequests: StopRequests;
  readonly history: History;
  readonly marks: Marks;
  readonly gpus: Gpus;
  readonly rebuild: Rebuild;
  readonly imports: Import;
  /** Jobs whose records turned out to be damaged, with the fields: for people. */
  readonly damage = new Map<number, readonly string[]>();
  onCommitted: (events: JobEvent[]) => void = () => undefined;
  /** After each commit, events or not. */
  onWritten: () => void = () => undefined;
  readonly #db: Database;
  readonly #notes: readonly string[];
  readonly #group: GroupCommit;
  #journal: Journal | null = null;
  readonly #reserve: Reserve | null;

  constructor({ path, soon, journalDir, backupsDir, reserveFile }: StoreOptions) {
    this.#db = new Database(path, { onCommit: (commit) => this.#record(commit) });
    this.events = new Events(this.#db);
    this.jobs = new Jobs(this.#db, this.events);
    this.queue = new Queue(this.#db);
    this.attempts = new Attempts(this.#db);
    this.receipts = new Receipts(this.#db);
    this.allocations = new Allocations(this.#db);
    this.submissions = new Submissions(this.#db);
    this.tags = new Tags(this.#db);
    this.stopRequests = new StopRequests(this.#db);
    this.history = new History(this.#db);
    this.marks = new Marks(this.#db);
    this.gpus = new Gpus(this.#db);
    this.rebuild = new Rebuild(this.#db);
    this.imports = new Import(this.#db);
    if (journalDir !== undefined) this.#openJournal(journalDir, backupsDir);
    this.#notes = [...this.#db.notes, ...mendedMessage(this.allocations.mend(), this.tags.mend())];
    this.#reserve = reserveFile === undefined ? null : new Reserve(reserveFile);
    this.fillReserve();
    this.#group = new GroupCommit(
      soon,
      (body) => this.#published(() => this.#db.transaction(body)),
      (body) => this.#part(body),
    );
  }

  /**
   * Runs `body` with all others of this turn in one durable transaction: one flush to
   * the disk for all. Each succeeds or fails separately.
   */
  async commit<T>(step: CommitStep, body: () => T): Promise<T> {
    const result = await this.#group.add(() => within(step, body));
    failpoint(`${step}.after`);
    return result;
  }

  /** The same for what frees space: on a full disk it may use the reserve. */
  async commitFreeing<T>(step: CommitStep, body: () => T): Promise<T> {
    const act = () => this.commit(step, body);
    return this.#reserve === null ? await act() : await this.#reserve.spend(act);
  }

  /** After space was freed. */
  fillReserve(): void {
    this.#reserve?.fill();
  }

  /** Durable when it returns. */
  commitNow<T>(step: CommitStep, body: () => T): T {
    const result = this.#published(() => this.#db.transaction(() => within(step, body)));
    failpoint(`${step}.after`);
    return result;
  }

  /** Not flushed: a power cut may undo it. For data that the attempt's own records also have. */
  commitLightly<T>(step: CommitStep, body: () => T): T {
    const result = this.#published(() => this.#db.lightTransaction(() => within(step, body)));
    failpoint(`${step}.after`);
    return result;
  }

  get journal(): Journal | null {
    return this.#journal;
  }

  /** The number of its last commit. */
  get commits(): number {
    return this.#db.commits;
  }

  /** Puts the write-ahead log into the database file, if no other program reads it just now. */
  checkpoint(): boolean {
    return this.#db.checkpoint();
  }

  /** Every statement that was used since it was opened. */
  get statements(): string[] {
    return this.#db.statements;
  }

  count(): number {
    return Number(this.#db.one("SELECT count(*) AS n FROM jobs")?.["n"]);
  }

  /** How many jobs are in each state of those that have not ended. */
  liveJobs(): Map<State, number> {
    const { totals } = this.#db;
    if (totals === null) return this.jobs.countIn(liveStates);
    // The health is asked for often: it is where a damaged index is noticed.
    this.jobs.oldestIn(liveStates);
    return totals.live();
  }

  /** What was not in order with the database when it was opened. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  foundDamage(job: number, fields: readonly string[]): void {
    if (this.damage.size < mostDamageNoted || this.damage.has(job)) this.damage.set(job, fields);
  }

  close(): void {
    this.#group.flush();
    this.#journal?.close();
    this.#db.checkpoint();
    this.#db.close();
  }

  #openJournal(folder: string, backupsDir?: string): void {
    const end = journalEnd(folder);
    const { commits, high } = this.#db;
    const id = this.#db.mark("store-id");
    const store = id ?? randomInt(1, 2 ** 47);
    const backedUp = backupsDir === undefined ? 0 : (backupsIn(backupsDir)[0]?.commits ?? 0);
    // The backup has commits that this database does not have: their numbers must not be reused.
    const isElsewhere = backedUp > commits;
    this.#journal = Journal.open(
      folder,
      {
        store,
        from: isElsewhere ? backedUp + 2 : commits + 1,
        empty: commits === 0 && high.events === 0 && !isElsewhere,
      },
      {
        continues: !isElsewhere && end !== null && end.store === store && end.lastLight === commits,
        backedUp,
      },
    );
    // The gap of one number shows that the journal does not continue that backup.
    if (isElsewhere) this.#db.skipTo(backedUp + 1);
    if (id === null) this.#db.transaction(() => this.marks.set("store-id", store));
    if (end !== null) this.#db.reserve(end.high);
    // What the journal does not have must not depend on the write-ahead log.
    this.#db.checkpoint();
  }

  #record({ number, light, statements }: Commit): void {
    const { high } = this.#db;
    this.#journal?.append({ number, schema: schemaVersion, light, high, statements });
    this.onWritten();
  }

  #part<T>(body: () => T): T {
    const mark = this.events.mark();
    try {
      return this.#db.part(body);
    } catch (error) {
      this.events.forgetAfter(mark);
      throw error;
    }
  }

  #published<T>(body: () => T): T {
    try {
      const result = body();
      const events = this.events.takeAppended();
      if (events.length > 0) this.onCommitted(events);
      return result;
    } catch (error) {
      this.events.takeAppended();
      throw error;
    }
  }
}

function within<T>(step: CommitStep, body: () => T): T {
  failpoint(`${step}.before`);
  const result = body();
  failpoint(`${step}.inside`);
  return result;
}

function mendedMessage(allocations: number[] | null, tags: number): string[] {
  return [
    ...(allocations === null
      ? [
          "records of what running jobs hold are damaged and cannot be rebuilt: what they may hold is withheld",
        ]
      : []),
    ...(allocations !== null && allocations.length > 0
      ? [
          `the records of what jobs ${allocations.join(", ")} hold were damaged and have been rebuilt from their attempts' own`,
        ]
      : []),
    ...(tags > 0
      ? [`${tags} damaged rows of tags have been rebuilt from the jobs' specifications`]
      : []),
  ];
}
