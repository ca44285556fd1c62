import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CurrentJobs } from "./current-jobs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-current-jobs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The database is a file whose text is the identity of an adopted process. */
function jobsIn() {
  const database = join(folder, "db");
  let opened = 0;
  const jobs = new CurrentJobs({ database, attemptsDir: join(folder, "attempts") }, () => {
    opened += 1;
    const name = `file ${opened}`;
    return { attempt: () => null, adopted: () => new Map([[name, 1]]), close: () => undefined };
  });
  return { database, jobs, adopted: () => [...(jobs.adopted()?.keys() ?? ["unknown"])] };
}

describe("the jobs that a watch without a server knows", () => {
  it("include those of a server that was started after the watch", () => {
    const { database, adopted } = jobsIn();
    expect(adopted()).toEqual([]);
    writeFileSync(database, "");
    expect(adopted()).toEqual(["file 1"]);
    expect(adopted()).toEqual(["file 1"]);
  });

  it("are those of the database that has replaced another", () => {
    const { database, adopted } = jobsIn();
    writeFileSync(database, "");
    expect(adopted()).toEqual(["file 1"]);
    writeFileSync(`${database}.new`, "");
    renameSync(`${database}.new`, database);
    expect(adopted()).toEqual(["file 2"]);
  });

  it("are unknown if attempts have folders and there is no database", () => {
    const { adopted } = jobsIn();
    mkdirSync(join(folder, "attempts"));
    expect(adopted()).toEqual([]);
    mkdirSync(join(folder, "attempts", "x"));
    expect(adopted()).toEqual(["unknown"]);
  });
});
