import { readdirSync, statSync } from "node:fs";
import type { KnownJobs } from "../compose/orphans.ts";
import type { Paths } from "../config/paths.ts";
import { Peek } from "../store/peek.ts";

type Jobs = Pick<Peek, "attempt" | "adopted" | "close">;

/**
 * The jobs that the database has now. A server may create, repair or replace the database while a
 * watch runs, so it is opened again when another file has its name.
 */
export class CurrentJobs implements KnownJobs {
  readonly #paths: Pick<Paths, "database" | "attemptsDir">;
  readonly #open: (path: string) => Jobs;
  #current: { file: string; jobs: Jobs } | null = null;

  constructor(
    paths: Pick<Paths, "database" | "attemptsDir">,
    open: (path: string) => Jobs = (path) => new Peek(path),
  ) {
    this.#paths = paths;
    this.#open = open;
  }

  findAttempt = (id: string) => this.#jobs()?.attempt(id) ?? null;

  /** Without a database there are no jobs, unless folders show that there were some. */
  adopted = (): ReadonlyMap<string, number> | null => {
    const jobs = this.#jobs();
    if (jobs !== null) return jobs.adopted();
    return hasEntries(this.#paths.attemptsDir) ? null : new Map();
  };

  close(): void {
    this.#current?.jobs.close();
    this.#current = null;
  }

  #jobs(): Jobs | null {
    const file = identityOf(this.#paths.database);
    if (this.#current?.file === file) return this.#current.jobs;
    this.close();
    if (file === null) return null;
    this.#current = { file, jobs: this.#open(this.#paths.database) };
    return this.#current.jobs;
  }
}

/** Null: there is no such file. */
function identityOf(path: string): string | null {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? null : `${found.dev} ${found.ino}`;
}

function hasEntries(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    // What cannot be read may have some.
    return (error as NodeJS.ErrnoException).code !== "ENOENT";
  }
}
