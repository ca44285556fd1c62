import { describe, expect, it } from "vitest";
import { RefusalError } from "../contract/problems.ts";
import { command } from "./command.ts";
import type { ServerProcess } from "./context.ts";
import { FakeCommandLine } from "./testing/fake-context.ts";
import { endedJob, sampleJob, stoppingJob } from "./testing/sample-job.ts";

const hung = {
  pid: 7,
  command: "cp",
  state: "D",
  waitChannel: null,
  denied: false,
  stack: null,
  obstacle: null,
};

const dead = () => endedJob("cancelled", { code: null, signal: 15, reason: "cancel" });

describe("a usage error", () => {
  it("is reported on stderr, exit 2", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("cancle", "42")).toBe(2);
    expect(line.messages.text).toBe(
      "holdfast: There is no verb cancle\n  Did you mean holdfast cancel?\n",
    );
    expect(line.out.text).toBe("");
  });

  it("needs a unit", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("cancel", "42", "--grace", "10")).toBe(2);
    expect(line.messages.text).toContain("30s, 15m, 2h, 1d");
  });
});

describe("help", () => {
  it("is shown by holdfast alone, and for a verb in both ways", async () => {
    const alone = new FakeCommandLine();
    expect(await alone.type()).toBe(0);
    expect(alone.out.text).toContain("holdfast run -- python3 train.py");
    const option = new FakeCommandLine();
    const verb = new FakeCommandLine();
    expect(await option.type("cancel", "--help")).toBe(0);
    expect(await verb.type("help", "cancel")).toBe(0);
    expect(option.out.text).toBe(verb.out.text);
    expect(option.out.text).toContain("SYNOPSIS\n    holdfast cancel [OPTIONS] JOB...");
  });
});

it("a verb that is misspelled below another is not taken for its operand", async () => {
  const line = new FakeCommandLine();
  expect(await line.type("orphans", "claen")).toBe(2);
  expect(line.messages.text).toContain("Did you mean holdfast orphans clean?");
});

describe("a refusal", () => {
  it("says what, why and what to type, with the catalogue's exit code", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("show", "99")).toBe(1);
    expect(line.messages.text).toBe(
      "holdfast: There is no such job\n  99 matches no job; holdfast ls --all lists the jobs\n",
    );
  });

  it("is the API's problem document with --json", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("show", "99", "--json")).toBe(1);
    expect(JSON.parse(line.messages.text)).toMatchObject({ code: "no_such_job", status: 404 });
    expect(line.out.text).toBe("");
  });
});

describe("submit", () => {
  it("writes the number for a script to use", async () => {
    const line = new FakeCommandLine();
    line.fake.onSubmit = () => sampleJob();
    expect(await line.type("submit", "-n", "x", "python", "t.py", "--json")).toBe(0);
    expect(line.out.text).toBe("42\n");
    expect(line.fake.submitted[0]?.request.command).toEqual(["python", "t.py", "--json"]);
  });
});

describe("cancel", () => {
  it("waits for the proof and ends with 0", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.onStop = () => stoppingJob();
    const code = line.type("cancel", "42", "--grace", "1m");
    await line.settle();
    line.fake.put(dead());
    expect(await code).toBe(0);
    expect(line.fake.asked).toEqual(["cancel 42 60000"]);
    // Beside the list, the request and the stream: the job as it has ended.
    expect(line.fake.shows).toBe(1);
    expect(line.messages.text).toContain("job 42 train.py cancelled after 1m 0s\n");
  });

  it("fails while the end is not proven", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.onStop = () => stoppingJob();
    expect(await line.type("cancel", "42", "--no-wait")).toBe(1);
    expect(line.messages.text).toContain("holdfast: The end of the job is not proven yet\n");
    expect(line.messages.text).toContain("3 of 14 processes left");
  });

  it("gives up on a stuck stop, names the process, and fails", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    const survivors = [{ ...hung, waitChannel: "nfs_wait" }];
    line.fake.onStop = () =>
      stoppingJob({ phase: "verifying", killInMs: null, left: 1, survivors, stuck: true });
    const code = line.type("cancel", "42", "--wait", "90s");
    await line.settle();
    line.clock.advance(89_999);
    await line.settle();
    expect(line.listens).toBe(true);
    line.clock.advance(1);
    expect(await code).toBe(1);
    expect(line.messages.text).toContain("It is stuck on cp 7 in the kernel at nfs_wait");
    expect(line.messages.text).not.toContain("holdfast kill");
  });

  it("gives up on a stop that no keeper begins, and reports why", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    const unbegun = { phase: "asked" as const, stopAgeMs: null, killInMs: null };
    line.fake.onStop = () => stoppingJob({ ...unbegun, total: null, left: null, survivors: [] });
    const code = line.type("cancel", "42", "--wait", "5s");
    await line.settle();
    line.clock.advance(4999);
    await line.settle();
    expect(line.listens).toBe(true);
    const message = "its keeper (pid 7) is traced by gdb (pid 8)";
    line.fake.jobs.set(42, { ...(line.fake.jobs.get(42) ?? sampleJob()), message });
    line.clock.advance(1);
    expect(await code).toBe(1);
    expect(line.messages.text).toContain(
      `It is still being stopped (${message}); holdfast wait 42`,
    );
    expect(line.messages.text).not.toContain("holdfast kill");
  });

  it("shows how a person can end a process", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    const obstacle = {
      kind: "frozen" as const,
      message: "frozen by the control group /f/x",
      remedy: "echo THAWED > /f/x/freezer.state",
    };
    const survivors = [{ ...hung, obstacle }];
    line.fake.onStop = () =>
      stoppingJob({ phase: "verifying", killInMs: null, left: 1, survivors, stuck: true });
    const code = line.type("cancel", "42", "--wait", "1s");
    await line.settle();
    line.clock.advance(1000);
    expect(await code).toBe(1);
    expect(line.messages.text).toContain("stuck on cp 7 is frozen by the control group /f/x");
    expect(line.messages.text).toContain("to end it: echo THAWED > /f/x/freezer.state");
  });

  it("offers kill only before KILL was sent", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.onStop = () => stoppingJob();
    await line.type("cancel", "42", "--no-wait");
    expect(line.messages.text).toContain("holdfast kill 42 cuts it short");
    const late = new FakeCommandLine();
    late.fake.put(sampleJob());
    late.fake.onStop = () => stoppingJob({ phase: "verifying", killInMs: null });
    await late.type("cancel", "42", "--no-wait");
    expect(late.messages.text).toContain("holdfast wait 42 waits for the proof");
    expect(late.messages.text).not.toContain("holdfast kill");
  });

  it("counts no processes when every process has ended and only the record is awaited", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.onStop = () => stoppingJob({ phase: "recording", killInMs: null, left: 0, total: 0 });
    await line.type("cancel", "42", "--no-wait");
    expect(line.messages.text).toContain("It is still being stopped (every process has ended);");
  });

  it("waits on while a grace runs, however long", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.onStop = () => stoppingJob({ killInMs: 600_000 });
    const code = line.type("cancel", "42");
    await line.settle();
    line.clock.advance(500_000);
    await line.settle();
    line.fake.put(dead());
    expect(await code).toBe(0);
  });

  it("stops waiting at Ctrl+C, without a second request", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.onStop = () => stoppingJob();
    const code = line.type("cancel", "42");
    await line.settle();
    line.interrupt();
    expect(await code).toBe(1);
    expect(line.fake.asked).toEqual(["cancel 42 own"]);
    expect(line.listens).toBe(false);
  });

  it("is done at once for a job that never started", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob({ state: "queued", startedAtMs: null }));
    line.fake.onStop = () => dead();
    expect(await line.type("cancel", "42", "--no-wait", "--json")).toBe(0);
    expect(JSON.parse(line.out.text)).toMatchObject({ id: 42, state: "cancelled" });
  });
});

describe("a command line that cannot be parsed", () => {
  const refused = async (...args: string[]) => {
    const line = new FakeCommandLine();
    expect(await line.type(...args)).toBe(2);
    return line.messages.text;
  };

  it.each([
    [["ls", "--json", "extra"]],
    [["run", "--limit", "10", "--nosuch", "--json", "--", "true"]],
    [["run", "--json", "--limit", "10", "true"]],
    [["frobnicate", "--json"]],
  ])("%j is refused as JSON", async (args) => {
    expect(JSON.parse(await refused(...args))).toMatchObject({ status: 400 });
  });

  it("is refused as text where --json is the job's", async () => {
    expect(await refused("run", "--limit", "10", "true", "--json")).toMatch(/^holdfast: /);
    expect(await refused("run", "--nosuch", "--", "true", "--json")).toMatch(/^holdfast: /);
  });
});

describe("wait", () => {
  it("ends with the job's code, of several the first that is not 0", async () => {
    const line = new FakeCommandLine();
    line.fake.put(endedJob("succeeded", {}, { id: 1 }));
    line.fake.put(endedJob("failed", { code: 7 }, { id: 2 }));
    line.fake.put(sampleJob({ id: 3 }));
    const code = line.type("wait", "1", "2", "3");
    await line.settle();
    line.fake.put(endedJob("failed", { code: 9 }, { id: 3 }));
    expect(await code).toBe(7);
    expect(line.messages.text.split("\n").slice(0, 3)).toEqual([
      "job 1 train.py succeeded after 1m 0s",
      "job 2 train.py failed (exit 7) after 1m 0s",
      "job 3 train.py failed (exit 9) after 1m 0s",
    ]);
  });

  it("reports several jobs as they end, over one stream, with the code of the first in the list", async () => {
    const line = new FakeCommandLine();
    for (const id of [1, 2, 3]) line.fake.put(sampleJob({ id }));
    const code = line.type("wait", "1", "2", "3");
    await line.settle();
    line.fake.put(endedJob("failed", { code: 9 }, { id: 3 }));
    await line.settle();
    expect(line.messages.text).toBe("job 3 train.py failed (exit 9) after 1m 0s\n");
    line.fake.put(endedJob("failed", { code: 7 }, { id: 1 }));
    line.fake.put(endedJob("succeeded", {}, { id: 2 }));
    expect(await code).toBe(7);
    expect(line.fake.streams).toBe(1);
  });

  it("names a job that is removed meanwhile, and waits for the others", async () => {
    const line = new FakeCommandLine();
    for (const id of [1, 2]) line.fake.put(sampleJob({ id }));
    const code = line.type("wait", "1", "2", "--json");
    await line.settle();
    line.fake.put(endedJob("succeeded", {}, { id: 1 }));
    line.fake.jobs.delete(1);
    await line.settle();
    expect(JSON.parse(line.messages.text)).toMatchObject({ code: "no_such_job" });
    line.fake.put(endedJob("succeeded", {}, { id: 2 }));
    expect(await code).toBe(1);
    expect(JSON.parse(line.out.text)).toMatchObject({ id: 2, state: "succeeded" });
  });
});

describe("ls", () => {
  it("shows the live ones and the last ended ones, newest first", async () => {
    const line = new FakeCommandLine();
    for (let id = 1; id <= 30; id += 1) line.fake.put(endedJob("succeeded", {}, { id }));
    line.fake.put(sampleJob({ id: 31 }));
    expect(await line.type("ls")).toBe(0);
    const ids = line.out.text
      .split("\n")
      .slice(1, -1)
      .map((row) => Number.parseInt(row, 10));
    expect(ids).toEqual([31, ...Array.from({ length: 20 }, (_, index) => 30 - index)]);
  });

  it("filters, and is the API's page with --json", async () => {
    const line = new FakeCommandLine();
    line.fake.put(endedJob("failed", { code: 1 }, { id: 1 }));
    line.fake.put(sampleJob({ id: 2 }));
    expect(await line.type("ls", "--state", "failed", "--json")).toBe(0);
    expect(JSON.parse(line.out.text)).toMatchObject({ jobs: [{ id: 1 }], nextCursor: null });
  });

  it("warns that the server's state folder was replaced", async () => {
    const line = new FakeCommandLine();
    line.fake.stateFolder = "replaced";
    expect(await line.type("ls")).toBe(0);
    expect(line.messages.text).toContain("warning: the state folder /state was replaced");
  });

  it("names live processes of a state folder that is gone, also without jobs", async () => {
    const line = new FakeCommandLine();
    line.fake.abandoned = [{ stateDir: "/state", movedTo: null, attempts: 2, processes: 5 }];
    expect(await line.type("ls")).toBe(0);
    expect(line.messages.text).toBe(
      "No jobs. holdfast run -- PROGRAM runs one.\n5 processes of 2 attempts of a state folder that is gone (/state) still run; holdfast emergency-stop --all stops them\n",
    );
  });

  it("waits for a server that still searches for such processes", async () => {
    const line = new FakeCommandLine();
    line.fake.abandoned = [{ stateDir: "/state", movedTo: null, attempts: 2, processes: 5 }];
    line.fake.abandonedSearched = false;
    const code = line.type("ls");
    await line.settle();
    expect(line.messages.text).toBe("");
    line.fake.abandonedSearched = true;
    line.clock.advance(25);
    expect(await code).toBe(0);
    expect(line.messages.text).toContain("5 processes of 2 attempts");
  });

  it("does not wait for such a server for ever, and says that more may be found", async () => {
    const line = new FakeCommandLine();
    line.fake.abandonedSearched = false;
    const code = line.type("ls");
    await line.settle();
    line.clock.advance(5000);
    expect(await code).toBe(0);
    expect(line.messages.text).toContain("is still searching");
  });

  it("refuses an unknown state", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("ls", "--state", "faild")).toBe(2);
    expect(line.messages.text).toContain("Did you mean failed?");
  });

  it("-w on a terminal shows changes, until Ctrl+C puts the screen back", async () => {
    const line = new FakeCommandLine({ terminal: true });
    line.fake.put(sampleJob());
    const code = line.type("ls", "-w");
    await line.settle();
    expect(line.out.text).toContain("running");
    line.fake.put(endedJob("failed", { code: 3 }));
    await line.settle();
    line.clock.advance(500);
    await line.settle();
    expect(line.out.text).toContain("exit 3");
    line.interrupt();
    expect(await code).toBe(0);
    expect(line.out.text.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  });

  it("-w without jobs reports that, and not only a table head", async () => {
    const line = new FakeCommandLine({ terminal: true });
    const code = line.type("ls", "-w");
    await line.settle();
    expect(line.out.text).toContain("No jobs.");
    expect(line.out.text).not.toContain("STATE");
    line.interrupt();
    expect(await code).toBe(0);
  });

  it("-w elsewhere writes a line for each change", async () => {
    const line = new FakeCommandLine();
    const code = line.type("ls", "-w");
    await line.settle();
    line.fake.put(sampleJob());
    await line.settle();
    line.interrupt();
    expect(await code).toBe(0);
    expect(line.out.text).toBe("1970-01-01 00:00:00 +0000 job 42 running\n");
  });

  it("-w is refused with --tree, which it would ignore", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("ls", "-w", "--tree", "42")).toBe(2);
    expect(line.messages.text).toContain("watch -n 1 holdfast ls --tree 42");
  });

  it("-w without a terminal writes only what the selection shows", async () => {
    const line = new FakeCommandLine();
    const tagged = { ...sampleJob().spec, tags: ["night"] };
    const code = line.type("ls", "-w", "--tag", "night", "--state", "failed");
    await line.settle();
    line.fake.put(sampleJob({ id: 7, spec: tagged }));
    line.fake.put(endedJob("failed", { code: 1 }, { id: 7, spec: tagged }));
    line.fake.put(endedJob("failed", { code: 1 }, { id: 8 }));
    await line.settle();
    line.interrupt();
    expect(await code).toBe(0);
    expect(line.out.text).toBe("1970-01-01 00:00:00 +0000 job 7 failed\n");
  });

  it.each([true, false])(
    "-w warns about the state folder, too (terminal: %s)",
    async (terminal) => {
      const line = new FakeCommandLine({ terminal });
      const code = line.type("ls", "-w");
      await line.settle();
      expect(line.out.text + line.messages.text).not.toContain("state folder");
      line.fake.stateFolder = "removed";
      line.clock.advance(10_000);
      await line.settle();
      line.interrupt();
      expect(await code).toBe(0);
      const shown = terminal ? line.out.text : line.messages.text;
      expect(shown.replaceAll(/\s+/g, " ")).toContain(
        "warning: the state folder /state was removed",
      );
    },
  );
});

it("a line that is redrawn does not stay where the shell writes its prompt", async () => {
  const line = new FakeCommandLine({ terminal: true });
  const heard = Promise.withResolvers<void>();
  line.startRescue = async () => ({
    lines: (async function* () {
      yield JSON.stringify({ type: "round", atMs: 0, message: "0 processes, 0 suspects" });
      await heard.promise;
    })(),
    ended: Promise.resolve({ code: 0, stderr: "" }),
    end: () => heard.resolve(),
  });
  const code = line.type("watch", "--alone");
  await line.settle();
  expect(line.messages.text).toMatch(/0 suspects$/);
  line.interrupt();
  expect(await code).toBe(0);
  expect(line.messages.text.endsWith("\r\u001b[K")).toBe(true);
});

describe("logs", () => {
  it("report a last line that is longer than the searched range, and how to get all of it", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.write(42, "xxx");
    line.fake.cutAt = 1_065_353_216;
    expect(await line.type("logs", "-n", "1", "42")).toBe(0);
    expect(line.out.text).toBe("xxx");
    expect(line.messages.text).toBe(
      "job 42: the last line is longer than -n searches (8 MiB): the output begins inside it, at byte 1065353216; holdfast logs 42 writes all of it\n",
    );
    await line.type("logs", "-n", "3", "--attempt", "2", "--stderr", "42");
    expect(line.messages.text).toContain("the last 3 lines are longer");
    expect(line.messages.text).toContain(
      "holdfast logs 42 --attempt 2 --stderr writes all of it\n",
    );
  });

  it("report what an output quota dropped, and where", async () => {
    const line = new FakeCommandLine();
    const ended = endedJob("succeeded");
    line.fake.put({ ...ended, spec: { ...ended.spec, outputQuotaBytes: 102_400 } });
    line.fake.write(42, "left");
    line.fake.dropped = { from: 4096, to: 987_136 };
    expect(await line.type("logs", "42")).toBe(0);
    expect(line.out.text).toBe("left");
    const message =
      "job 42: --output-quota 100KiB dropped 960KiB of its output here (bytes 4096 to 987135); a larger quota keeps more\n";
    expect(line.messages.text).toBe(message);
    expect(await line.type("logs", "--json", "42")).toBe(0);
    expect(line.out.text).toBe(
      'left{"jobId":42,"stream":"stdout","offset":987136,"droppedBytes":983040,"base64":"bGVmdA=="}\n',
    );
    expect(line.messages.text).toBe(message + message);
  });

  it("writes the bytes as they are", async () => {
    const line = new FakeCommandLine();
    line.fake.put(endedJob("succeeded"));
    line.fake.write(42, "a\u001b[31m\n\nb");
    expect(await line.type("logs", "42")).toBe(0);
    expect(line.out.text).toBe("a\u001b[31m\n\nb");
    expect(line.messages.text).toBe("");
  });

  it("--since refuses what a log without times does not show", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob());
    line.fake.write(42, "x");
    expect(await line.type("logs", "42", "--since", "30s")).toBe(2);
    expect(line.messages.text).toContain("its log has no times");
    expect(await line.type("logs", "42", "--since", "5m")).toBe(0);
    expect(line.out.text).toBe("x");
  });

  it("of several jobs continues after a refusal for one, and exits with its code", async () => {
    const line = new FakeCommandLine();
    const started = sampleJob();
    line.fake.put({ ...started, id: 1 });
    line.fake.put({ ...started, id: 2, startedAtMs: line.clock.nowMs() });
    line.fake.write(2, "second");
    expect(await line.type("logs", "--since", "30s", "1", "2")).toBe(2);
    expect(line.messages.text).toContain("its log has no times");
    expect(line.out.text).toBe("second");
  });

  it("follows one job at a time", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob({ id: 1 }));
    line.fake.put(sampleJob({ id: 2 }));
    expect(await line.type("logs", "-f", "1", "2")).toBe(2);
  });
});

describe("hold", () => {
  it("reports each job, and a refusal for one does not affect the others", async () => {
    const line = new FakeCommandLine();
    line.fake.put(sampleJob({ id: 1, state: "queued" }));
    line.fake.onStop = (_verb, job) => ({ ...job, state: "held" });
    expect(await line.type("hold", "1")).toBe(0);
    expect(line.messages.text).toBe("job 1 train.py is held; holdfast release 1 lets it go\n");
  });
});

describe("help", () => {
  it.each([
    ["server", "--help"],
    ["service", "-h"],
    ["help", "server"],
  ])("%s %s lists the verbs of the group", async (...args) => {
    const line = new FakeCommandLine();
    expect(await line.type(...args)).toBe(0);
    const group = args.find((word) => word.startsWith("serv")) ?? "";
    expect(line.out.text).toContain(`holdfast ${group} VERB`);
    expect(line.out.text).toContain(`${group} status`);
  });

  it("of a verb is its own page, also below a group", async () => {
    const line = new FakeCommandLine();
    expect(await line.type("server", "start", "--help")).toBe(0);
    expect(line.out.text).toContain("holdfast server start - ");
  });
});

it.each(["-v", "-V", "--version"])("%s shows the version", async (option) => {
  const line = new FakeCommandLine();
  const parts = {
    ...line.context(),
    serverProcess: {
      client: {
        version: () =>
          Promise.reject(
            new RefusalError({ code: "server_not_running", details: { socket: "/socket" } }),
          ),
      },
    } as unknown as ServerProcess,
  };
  expect(await command([option], parts, () => line.fake.server)).toBe(0);
  expect(line.out.text).toMatch(/^holdfast \d/);
});
