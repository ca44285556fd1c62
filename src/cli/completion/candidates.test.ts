import { describe, expect, it } from "vitest";
import { FakeServer } from "../testing/fake-server.ts";
import { endedJob, sampleJob } from "../testing/sample-job.ts";
import { complete } from "./complete.ts";
import { scriptFor, shells } from "./scripts.ts";

const fake = new FakeServer();
fake.jobs.set(41, endedJob("failed", { code: 1 }, { id: 41 }));
fake.jobs.set(42, sampleJob({ spec: { name: "nightly" } }));
const offered = (...args: string[]) => complete(fake.server, args);

describe("after holdfast", () => {
  it("come the verbs", async () => {
    expect(await offered("re")).toEqual([
      "retry\tSubmit an ended job again",
      "receipt\tShow how a job ended, with proof",
      "release\tRelease held jobs",
      "resume\tResume paused jobs",
      "repair\tRebuild a damaged or lost database",
    ]);
    expect(await offered("server", "sta")).toEqual([
      "start\tStart the server",
      "status\tShow the state of the server",
    ]);
  });

  it("come a verb with its own options, and the verbs below it", async () => {
    expect(await offered("orph")).toEqual([
      "orphans\tFind processes that other programs left behind",
    ]);
    expect(await offered("orphans", "c")).toEqual(["clean\tScan, plan and reap in one command"]);
    expect(await offered("orphans", "--now")).toHaveLength(1);
    expect(await offered("doctor", "w")).toEqual([
      "watch\tExamine repeatedly; raise and clear alerts",
    ]);
    expect(await offered("help", "orphans", "cl")).toHaveLength(1);
  });

  it("come options, after a dash", async () => {
    expect(await offered("run", "--sp")).toEqual([
      "--split-output\tWrite stdout and stderr to separate logs",
    ]);
  });

  it("come jobs by number and name", async () => {
    expect(await offered("show", "")).toEqual([
      "42\trunning nightly",
      "41\tfailed train.py",
      "nightly\tby name",
    ]);
    expect(await offered("logs", "-n", "5", "4")).toEqual([
      "42\trunning nightly",
      "41\tfailed train.py",
    ]);
  });

  it.each([
    ["cancel", "queued held running paused stopping"],
    ["kill", "queued held running paused stopping"],
    ["pause", "running"],
    ["resume", "paused"],
    ["hold", "queued"],
    ["release", "held"],
    ["retry", "failed succeeded"],
    ["rm", "failed succeeded"],
    ["emergency-stop", "queued held running paused stopping"],
    ["doctor", "queued held running paused stopping"],
  ])("come to %s only jobs that are %s", async (verb, states) => {
    const all = new FakeServer();
    all.jobs.set(1, sampleJob({ id: 1, state: "queued" }));
    all.jobs.set(2, sampleJob({ id: 2, state: "held" }));
    all.jobs.set(3, sampleJob({ id: 3 }));
    all.jobs.set(4, sampleJob({ id: 4, state: "paused" }));
    all.jobs.set(5, sampleJob({ id: 5, state: "stopping" }));
    all.jobs.set(6, endedJob("failed", { code: 1 }, { id: 6, spec: { name: "old" } }));
    all.jobs.set(7, endedJob("succeeded", {}, { id: 7 }));
    const args = (await complete(all.server, [verb, ""])).filter((line) => /^\d/.test(line));
    const found = args.map((line) => line.split("\t")[1]?.split(" ")[0]);
    expect(new Set(found)).toEqual(new Set(states.split(" ")));
  });

  it("come the values that an option has", async () => {
    expect(await offered("run", "--stop-scope", "")).toEqual(["all", "main-first", "main"]);
    expect(await offered("ls", "--state", "f")).toEqual(["failed"]);
    expect(await offered("run", "-C", "")).toEqual([":folder"]);
    expect(await offered("run", "--limit", "")).toEqual([]);
    expect(await offered("completion", "z")).toEqual(["zsh"]);
  });

  it("come programs, and then what the shell would offer them", async () => {
    expect(await offered("run", "")).toEqual([":command"]);
    expect(await offered("run", "-g", "2", "python", "--l")).toEqual([":file"]);
  });
});

it.each(shells)("the script for %s asks the command itself", (shell) => {
  expect(scriptFor(shell)).toContain("holdfast __complete");
});
