import { describe, expect, it } from "vitest";
import { FakeCommandLine } from "../testing/fake-context.ts";
import { endedJob, sampleJob, stoppingJob } from "../testing/sample-job.ts";

let line: FakeCommandLine;

function start(options: ConstructorParameters<typeof FakeCommandLine>[0] = {}): Promise<number> {
  line = new FakeCommandLine(options);
  line.fake.onSubmit = () => sampleJob();
  // A job ends only when the test decides it.
  line.fake.onStop = () => stoppingJob();
  return line.type("run", "python3", "examples/train.py");
}

function end(job = endedJob("succeeded")): void {
  line.fake.put(job);
}

describe("run", () => {
  it("submits once, with a key, and with everything after the program", async () => {
    const code = start();
    await line.settle();
    end();
    expect(await code).toBe(0);
    expect(line.fake.submitted).toMatchObject([
      { request: { command: ["python3", "examples/train.py"], cwd: "/home/ada" }, key: "a key" },
    ]);
  });

  it("writes output to stdout and messages to stderr, and exits with the job's code", async () => {
    const code = start();
    line.fake.write(42, "epoch 1\nhal");
    await line.settle();
    line.fake.write(42, "f a line");
    end(endedJob("failed", { code: 3 }));
    expect(await code).toBe(3);
    expect(line.out.text).toBe("epoch 1\nhalf a line");
    expect(line.messages.text).toBe(
      "job 42 train.py\njob 42 train.py failed (exit 3) after 1m 0s\n",
    );
  });

  it("prints a hint of the job once, on stderr", async () => {
    const code = start();
    await line.settle();
    const hints = [{ code: "no_output", message: "no output for 7m" } as const];
    line.fake.put({ ...sampleJob(), hints });
    for (let minute = 0; minute < 3; minute += 1) {
      line.clock.advance(60_000);
      await line.settle();
    }
    end();
    expect(await code).toBe(0);
    expect(line.messages.text.match(/hint: no output for 7m/g)).toHaveLength(1);
    expect(line.out.text).toBe("");
  });

  it("reports each phase of a stop once, without a terminal", async () => {
    const code = start();
    await line.settle();
    line.fake.put(stoppingJob());
    line.fake.reportStopping(stoppingJob({ left: 2 }));
    line.fake.reportStopping(stoppingJob({ phase: "killing", left: 1, survivors: [] }));
    await line.settle();
    end(endedJob("cancelled", { code: null, signal: 9, reason: "cancel" }));
    expect(await code).toBe(130);
    expect(line.messages.text.split("\n").filter((text) => text.startsWith("stopping"))).toEqual([
      "stopping: TERM sent 4 s ago, 3 of 14 processes left (python3 812, python3 813, loader 820), KILL in 26 s",
      "stopping: KILL sent, asked to stop 4 s ago, 1 of 14 processes left",
    ]);
  });

  it("reports that the end is being recorded only once that has taken a second", async () => {
    const recording = stoppingJob({ phase: "recording", left: 0, survivors: [], killInMs: null });
    const code = start();
    await line.settle();
    line.fake.put(recording);
    await line.settle();
    line.clock.advance(999);
    await line.settle();
    expect(line.messages.text).not.toContain("stopping");
    line.clock.advance(1);
    await line.settle();
    expect(line.messages.text).toContain("stopping: every process has ended, writing the record\n");
    end();
    expect(await code).toBe(0);
  });

  it.each([false, true])(
    "prints what is awaited once as long as it lasts, and again after it passed (terminal: %s)",
    async (terminal) => {
      const code = start({ terminal });
      await line.settle();
      const stopped = (age: string) =>
        `its keeper (pid 812) is stopped by a signal (first seen ${age}); kill -CONT 812 continues it`;
      // A terminal breaks it at blanks.
      const printedText = () => line.messages.text.replaceAll(/\n {2,}/g, " ");
      const printed = () => printedText().split("kill -CONT 812 continues it\n").length - 1;
      line.fake.reportAwaited(42, stopped("just now"));
      line.fake.reportAwaited(42, stopped("2s ago"));
      await line.settle();
      expect(printedText()).toContain(`job 42 train.py: ${stopped("just now")}\n`);
      expect(printed()).toBe(1);
      line.fake.reportAwaited(42, null);
      line.fake.reportAwaited(42, stopped("just now"));
      await line.settle();
      expect(printed()).toBe(2);
      end();
      expect(await code).toBe(0);
    },
  );

  it("reports why a job waits", async () => {
    const code = start();
    await line.settle();
    const waiting = { code: "gpus", message: "waits for 2 GPUs\u0007", hint: "" };
    line.fake.put(sampleJob({ state: "queued", waiting }));
    await line.settle();
    end();
    await code;
    expect(line.messages.text).toContain(
      String.raw`job 42 train.py waits: waits for 2 GPUs\x07` + "\n",
    );
  });

  it("writes the ended job alone with --json", async () => {
    line = new FakeCommandLine();
    line.fake.onSubmit = () => sampleJob();
    const code = line.type("run", "--json", "true");
    line.fake.write(42, "output");
    await line.settle();
    end(endedJob("timed_out", { code: null, signal: 15, reason: "time_limit" }));
    expect(await code).toBe(124);
    expect(JSON.parse(line.out.text)).toMatchObject({ id: 42, state: "timed_out" });
  });
});

describe("without a terminal", () => {
  it("the first Ctrl+C cancels and the next one kills", async () => {
    const code = start();
    await line.settle();
    line.interrupt();
    await line.settle();
    line.interrupt();
    await line.settle();
    expect(line.fake.asked).toEqual(["cancel 42 own", "kill 42"]);
    end(endedJob("cancelled", { code: null, signal: 9, reason: "cancel" }));
    expect(await code).toBe(130);
    expect(line.listens).toBe(false);
  });

  it("SIGTERM leaves the job running and shows how to follow it again", async () => {
    const code = start();
    await line.settle();
    line.interrupt("SIGTERM");
    expect(await code).toBe(143);
    expect(line.fake.asked).toEqual([]);
    expect(line.messages.text).toContain(
      "job 42 continues: holdfast logs -f 42 follows it, holdfast cancel 42 ends it\n",
    );
  });

  it("a closed output leaves the job running", async () => {
    const code = start();
    await line.settle();
    line.out.broken = true;
    line.fake.write(42, "more");
    expect(await code).toBe(141);
    expect(line.messages.text).toContain(
      "the reader of the output has closed it; job 42 continues",
    );
  });
});

describe("on a terminal", () => {
  it("Ctrl+C asks, d detaches", async () => {
    const code = start({ terminal: true });
    await line.settle();
    line.interrupt();
    await line.settle();
    expect(line.messages.text).toContain("[d]etach  [c]ancel  [k]ill");
    line.press("d");
    expect(await code).toBe(125);
    expect(line.fake.asked).toEqual([]);
  });

  it("the question goes away with any other key, and can be asked again", async () => {
    const code = start({ terminal: true });
    await line.settle();
    line.interrupt();
    await line.settle();
    line.press("\r");
    await line.settle();
    line.interrupt();
    await line.settle();
    line.press("k");
    await line.settle();
    expect(line.fake.asked).toEqual(["kill 42"]);
    end(endedJob("cancelled", { code: null, signal: 9, reason: "cancel" }));
    expect(await code).toBe(130);
  });

  it("a second Ctrl+C does not wait for the answer", async () => {
    const code = start({ terminal: true });
    await line.settle();
    line.interrupt();
    await line.settle();
    line.interrupt();
    await line.settle();
    expect(line.fake.asked).toEqual(["cancel 42 own"]);
    end(endedJob("cancelled", { code: 0, reason: "cancel" }));
    expect(await code).toBe(130);
  });

  it("shows progress below the output and requests it once a second", async () => {
    const code = start({ terminal: true });
    await line.settle();
    line.fake.jobs.set(42, sampleJob({ progress: { done: 1, total: 4, text: "loss 2" } }));
    line.clock.advance(1000);
    await line.settle();
    expect(line.messages.text).toContain("]  25% 1/4 loss 2");
    end();
    await code;
    expect(line.messages.text.endsWith("\r\u001b[Kjob 42 train.py succeeded after 1m 0s\n")).toBe(
      true,
    );
  });

  it("continues a countdown between two messages of the server", async () => {
    const code = start({ terminal: true });
    await line.settle();
    line.fake.put(stoppingJob());
    await line.settle();
    line.clock.advance(2000);
    await line.settle();
    expect(line.messages.text).toContain("TERM sent 6 s ago");
    expect(line.messages.text).toContain("KILL in 24 s");
    end(endedJob("cancelled", { code: 0, reason: "cancel" }));
    await code;
  });
});
