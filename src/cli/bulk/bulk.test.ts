import { beforeEach, describe, expect, it } from "vitest";
import { FakeCommandLine } from "../testing/fake-context.ts";
import { endedJob, sampleJob, stoppingJob } from "../testing/sample-job.ts";

const minutes = 60_000;

let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
});

const put = (id: number, changes: Parameters<typeof sampleJob>[0] = {}) =>
  line.fake.put(sampleJob({ id, ...changes }));
const dead = (id: number) =>
  endedJob("cancelled", { code: null, signal: 15, reason: "cancel" }, { id });
const asked = () => line.fake.asked;

describe("selectors", () => {
  beforeEach(() => {
    put(1, { state: "queued", spec: { tags: ["sweep", "night"] } });
    put(2, { spec: { tags: ["sweep"] } });
    put(3, { state: "held" });
    line.fake.put(endedJob("failed", { code: 1 }, { id: 4, spec: { tags: ["sweep"] } }));
    line.fake.onStop = (_verb, { id }) => dead(id);
  });

  it("--all means every job that has not ended", async () => {
    expect(await line.type("cancel", "--all", "--yes")).toBe(0);
    expect(asked().toSorted()).toEqual(["cancel 1 own", "cancel 2 own", "cancel 3 own"]);
    expect(line.messages.text).toContain("3 jobs: 3 cancelled\n");
  });

  it("are combined: a job has to match all of them", async () => {
    await line.type("kill", "--tag", "sweep", "--tag", "night");
    expect(asked()).toEqual(["kill 1"]);
    await line.type("kill", "--tag", "sweep", "--state", "running");
    expect(asked()).toEqual(["kill 1", "kill 2"]);
  });

  it("restrict jobs that are named", async () => {
    await line.type("kill", "1,2", "3", "--state", "queued,held");
    expect(asked()).toEqual(["kill 1", "kill 3"]);
  });

  it("that match nothing are no error", async () => {
    expect(await line.type("cancel", "--tag", "other")).toBe(0);
    expect(await line.type("cancel", "2", "--tag", "night")).toBe(0);
    expect(await line.type("pause", "--state", "running", "--tag", "night")).toBe(0);
    expect(line.messages.text).toBe("no job matches; nothing was done\n".repeat(3));
    expect(asked()).toEqual([]);
  });

  it("name no state in which the verb does nothing", async () => {
    expect(await line.type("cancel", "--state", "failed")).toBe(2);
    expect(line.messages.text).toContain("holdfast: cancel does not act on failed jobs\n");
    expect(await line.type("rm", "--state", "running")).toBe(2);
    expect(asked()).toEqual([]);
  });

  it("or a job are needed", async () => {
    for (const verb of ["cancel", "kill", "hold", "release", "pause", "resume", "retry", "rm"]) {
      expect(await line.type(verb)).toBe(2);
      expect(line.messages.text).toContain(`holdfast: ${verb} needs JOB or a selector\n`);
    }
  });

  it("are taken by hold as well", async () => {
    line.fake.onStop = (_verb, job) => ({ ...job, state: "held" });
    expect(await line.type("hold", "--tag", "sweep")).toBe(0);
    expect(asked()).toEqual(["hold 1"]);
  });

  it("--dry-run shows which jobs and why, and does nothing", async () => {
    expect(await line.type("cancel", "--tag", "sweep", "--dry-run")).toBe(0);
    expect(line.out.text).toBe(
      "would cancel job 1 train.py: it is queued, has the tag sweep\n" +
        "would cancel job 2 train.py: it is running, has the tag sweep\n",
    );
    expect(line.messages.text).toBe("dry run: 2 jobs; nothing was changed\n");
    expect(asked()).toEqual([]);
  });

  it("--dry-run --json writes an object for each job", async () => {
    expect(await line.type("cancel", "2", "4", "--dry-run", "--json")).toBe(0);
    const objects = line.out.text
      .trimEnd()
      .split("\n")
      .map((text) => JSON.parse(text) as object);
    expect(objects).toMatchObject([
      { jobId: 2, state: "running", verb: "cancel", acts: true },
      { jobId: 4, state: "failed", verb: "cancel", acts: false },
    ]);
  });

  it("leave a job alone that has left its state by its turn", async () => {
    line.fake.beforeStop = async (id) => void line.fake.jobs.set(id, sampleJob({ id }));
    expect(await line.type("cancel", "--state", "queued")).toBe(0);
    put(1, { state: "queued" });
    expect(await line.type("cancel", "1-3,1", "--state", "queued")).toBe(0);
    expect(line.fake.jobs.get(1)?.state).toBe("running");
    expect(line.messages.text).toContain(
      "job 1 has changed since it was selected and is left as it is",
    );
  });
});

describe("rm", () => {
  beforeEach(() => {
    const { clock } = line;
    line.fake.put(endedJob("failed", {}, { id: 1, endedAtMs: clock.nowMs() - 90 * minutes }));
    line.fake.put(endedJob("succeeded", {}, { id: 2, endedAtMs: clock.nowMs() - 30 * minutes }));
    put(3);
  });

  it("--ended removes every job that has ended", async () => {
    expect(await line.type("rm", "--ended", "--yes")).toBe(0);
    expect([...line.fake.jobs.keys()]).toEqual([3]);
    expect(line.messages.text).toContain("2 jobs removed\n");
  });

  it("--older-than counts from the end", async () => {
    expect(await line.type("rm", "--older-than", "1h")).toBe(0);
    expect([...line.fake.jobs.keys()]).toEqual([2, 3]);
    expect(await line.type("rm", "--ended", "--state", "failed", "--older-than", "1h")).toBe(0);
    expect([...line.fake.jobs.keys()]).toEqual([2, 3]);
  });
});

describe("the question", () => {
  beforeEach(() => {
    line = new FakeCommandLine({ terminal: true });
    put(1);
    put(2, { state: "queued" });
    line.fake.onStop = (_verb, { id }) => dead(id);
  });

  it("says what would be stopped, and only yes is yes", async () => {
    for (const answer of ["", "y", "no", null]) {
      const code = line.type("cancel", "--all");
      await line.settle();
      expect(line.messages.text).toContain("cancel 2 jobs (1 running, 1 queued)?\ntype yes: ");
      line.answer(answer);
      expect(await code).toBe(1);
    }
    expect(asked()).toEqual([]);
    const code = line.type("cancel", "--all");
    await line.settle();
    line.answer("yes");
    expect(await code).toBe(0);
    expect(asked()).toHaveLength(2);
  });

  it("is not asked where another selector narrows it", async () => {
    expect(await line.type("cancel", "--all", "--state", "queued")).toBe(0);
    expect(asked()).toEqual(["cancel 2 own"]);
  });

  it.each([
    ["cancel", "--all"],
    ["pause", "--all"],
    ["rm", "--ended"],
  ])("cannot be asked without a terminal: %s %s is refused without --yes", async (...args) => {
    line = new FakeCommandLine();
    put(1);
    expect(await line.type(...args)).toBe(2);
    expect(line.messages.text).toContain(
      `holdfast ${args.join(" ")} --dry-run, and then with --yes`,
    );
    expect(asked()).toEqual([]);
  });
});

describe("a job that has ended already", () => {
  it.each([
    ["failed", "Job 42 has already failed.\n"],
    ["succeeded", "Job 42 has already succeeded.\n"],
    ["cancelled", "Job 42 was already cancelled.\n"],
    ["timed_out", "Job 42 has already reached its time limit.\n"],
  ] as const)("%s is not an error of cancel and kill", async (state, message) => {
    line.fake.put(endedJob(state));
    expect(await line.type("cancel", "42")).toBe(0);
    expect(await line.type("kill", "42")).toBe(0);
    expect(line.messages.text).toBe(message.repeat(2));
    expect(asked()).toEqual([]);
  });

  it("between the listing and the request is none either", async () => {
    put(42);
    line.fake.beforeStop = async () => void line.fake.jobs.set(42, endedJob("failed"));
    expect(await line.type("cancel", "42")).toBe(0);
    expect(line.messages.text).toBe("Job 42 has already failed.\n");
  });

  it("is written as it is with --json", async () => {
    line.fake.put(endedJob("failed"));
    expect(await line.type("cancel", "42", "--json")).toBe(0);
    expect(JSON.parse(line.out.text)).toMatchObject({ id: 42, state: "failed" });
    expect(line.messages.text).toBe("");
  });

  it("in a list keeps no other from its stop, and one named twice counts once", async () => {
    line.fake.put(endedJob("failed", {}, { id: 3 }));
    put(4);
    line.fake.onStop = (_verb, { id }) => dead(id);
    expect(await line.type("cancel", "4", "3,4", "4")).toBe(0);
    expect(asked()).toEqual(["cancel 4 own"]);
    expect(line.messages.text).toContain("2 jobs: 1 had already ended, 1 cancelled\n");
  });
});

describe("many jobs", () => {
  it("are asked side by side, 16 at most, what waits in the queue first", async () => {
    for (let id = 1; id <= 40; id += 1) put(id, id > 30 ? { state: "queued" } : {});
    const gate = Promise.withResolvers<void>();
    line.fake.beforeStop = () => gate.promise;
    line.fake.onStop = (_verb, { id }) => dead(id);
    const code = line.type("kill", "--all", "--yes");
    await line.settle();
    expect(asked()).toHaveLength(16);
    expect(asked()[0]).toBe("kill 31");
    gate.resolve();
    expect(await code).toBe(0);
    expect(asked()).toHaveLength(40);
    expect(line.messages.text).toBe("40 jobs: 40 cancelled\n");
  });

  it("are stopped although one fails, which the exit code shows", async () => {
    for (const id of [1, 2, 3]) put(id);
    line.fake.onStop = (_verb, { id }) => dead(id);
    line.fake.beforeStop = async (id) => void (id === 2 && line.fake.jobs.delete(2));
    expect(await line.type("kill", "1,2,3")).toBe(1);
    expect(line.messages.text).toContain("holdfast: There is no such job\n");
    expect(line.messages.text).toContain("3 jobs: 2 cancelled\n");
  });

  it("are watched over one stream, and a stuck job does not delay the others", async () => {
    for (const id of [1, 2, 3]) put(id);
    line.fake.onStop = (_verb, { id }) => ({ ...stoppingJob({ stuck: id === 2 }), id });
    const code = line.type("cancel", "1,2,3", "--wait", "5s");
    await line.settle();
    expect(line.fake.streams).toBe(1);
    line.clock.advance(5000);
    await line.settle();
    line.fake.put(dead(3));
    await line.settle();
    line.fake.put(dead(1));
    expect(await code).toBe(1);
    expect(line.messages.text).toContain("It is stuck on python3 812");
    expect(line.messages.text).toContain("3 jobs: 2 cancelled, 1 not proven ended yet\n");
    expect(line.listens).toBe(false);
  });

  it("whose stop takes its time are named together at Ctrl+C", async () => {
    for (let id = 1; id <= 9; id += 1) put(id);
    line.fake.onStop = (_verb, { id }) => ({ ...stoppingJob(), id });
    const code = line.type("cancel", "1,2,3,4,5,6,7,8,9");
    await line.settle();
    line.fake.put(dead(5));
    await line.settle();
    line.interrupt();
    expect(await code).toBe(1);
    expect(line.messages.text).toContain(
      "8 jobs are still being stopped; holdfast wait 1-4,6-9 waits for the proof",
    );
  });

  it("are not asked any more after Ctrl+C, and it says which were", async () => {
    for (let id = 1; id <= 40; id += 1) put(id, { state: "queued" });
    const gate = Promise.withResolvers<void>();
    line.fake.beforeStop = () => gate.promise;
    line.fake.onStop = (_verb, { id }) => dead(id);
    const code = line.type("cancel", "--state", "queued");
    await line.settle();
    line.interrupt();
    gate.resolve();
    expect(await code).toBe(130);
    expect(asked()).toHaveLength(16);
    expect(line.messages.text).toContain(
      "interrupted: 16 of 40 jobs were asked (1-16); not asked: 17-40\n",
    );
  });

  it("have one line of progress on a terminal", async () => {
    line = new FakeCommandLine({ terminal: true });
    for (let id = 1; id <= 30; id += 1) put(id);
    line.fake.onStop = (_verb, { id }) => ({ ...stoppingJob(), id });
    const code = line.type("cancel", "--all", "--yes");
    await line.settle();
    line.fake.put(dead(7));
    await line.settle();
    expect(line.messages.text).toMatch(/stopping 30 jobs: 1 ended \(Ctrl\+C stops waiting\)$/);
    for (let id = 1; id <= 30; id += 1) line.fake.put(dead(id));
    expect(await code).toBe(0);
    expect(line.messages.text.endsWith("\r\u001b[K30 jobs: 30 cancelled\n")).toBe(true);
  });
});
