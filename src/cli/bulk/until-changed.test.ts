import { beforeEach, describe, expect, it } from "vitest";
import { FakeCommandLine } from "../testing/fake-context.ts";
import { endedJob, sampleJob } from "../testing/sample-job.ts";

const heldUp = "its keeper (pid 7) is stopped by a signal; kill -CONT 7 continues it";

let line: FakeCommandLine;
beforeEach(() => {
  line = new FakeCommandLine();
  line.fake.put(sampleJob());
});

describe("a pause that the server could not confirm in its time", () => {
  beforeEach(() => {
    line.fake.onStop = (_verb, job) => ({ ...job, message: heldUp });
  });

  it("is waited for, with what is awaited, and only then reported", async () => {
    const code = line.type("pause", "42");
    await line.settle();
    expect(line.messages.text).toBe(`job 42 train.py: ${heldUp}\n`);
    line.fake.put(sampleJob({ state: "paused" }));
    line.clock.advance(500);
    expect(await code).toBe(0);
    expect(line.messages.text).toContain("job 42 train.py is paused");
  });

  it("is not reported as paused after a minute", async () => {
    const code = line.type("pause", "42", "--json");
    for (let waitedMs = 0; waitedMs <= 60_000; waitedMs += 500) {
      await line.settle();
      line.clock.advance(500);
    }
    expect(await code).toBe(1);
    expect(line.out.text).toBe("");
    const [, refusal = ""] = line.messages.text.trim().split("\n");
    expect(JSON.parse(refusal)).toMatchObject({ code: "change_unconfirmed" });
    expect(refusal).toContain("kill -CONT 7");
  });

  it("is refused where the job ends meanwhile", async () => {
    const code = line.type("pause", "42");
    await line.settle();
    line.fake.put(endedJob("succeeded", {}, { id: 42 }));
    line.clock.advance(500);
    expect(await code).toBe(1);
    expect(line.messages.text).not.toContain("is paused");
  });
});

it("a resume is waited for in the same way", async () => {
  line.fake.put(sampleJob({ state: "paused" }));
  const code = line.type("resume", "42");
  await line.settle();
  expect(line.messages.text).toBe("");
  line.fake.put(sampleJob());
  line.clock.advance(500);
  expect(await code).toBe(0);
  expect(line.messages.text).toBe("job 42 train.py runs on\n");
});
