import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("run", () => {
  it("shows the job's output as it is and ends with its code", async () => {
    const { code, stdout, stderr } = await holdfast.run(
      "run",
      "--",
      "sh",
      "-c",
      String.raw`printf 'a\000\377\033[1m\nno newline'; echo error >&2; exit 3`,
    );
    expect(stdout).toBe("a\0\xff\u001b[1m\nno newlineerror\n");
    expect(stderr).toMatch(/^job \d+ sh\njob \d+ sh failed \(exit 3\) after \S+\n$/);
    expect(code).toBe(3);
  });

  it("shows each line of a program that buffers as it is written, with --line-buffered", async () => {
    // `cut` is a C program whose output is a file; the job keeps running after its first line.
    const script = "(echo early; sleep 60) | cut -c 1-";
    const command = holdfast.start(["run", "--line-buffered", "sh", "-c", script]);
    await command.says(/early/);
    const [, id = ""] = await command.says(/job (\d+) /);
    await holdfast.run("kill", id);
    await command.ended;
  });

  it("passes everything after the program to the job, without --", async () => {
    const { stdout } = await holdfast.run(
      "run",
      "-n",
      "mine",
      "printf",
      "%s.",
      "-n",
      "--json",
      "--",
      "x y",
    );
    expect(stdout).toBe("-n.--json.--.x y.");
  });

  it("says what to type where a program was not executed", async () => {
    const shell = await holdfast.run("run", "true && echo yes");
    expect(shell.stderr).toContain("type: holdfast run -- sh -c 'true && echo yes'");
    expect(shell.code).toBe(127);
    const variable = await holdfast.run("run", "A=1", "printenv", "A");
    expect(variable.stderr).toContain("type: holdfast run --env A=1 -- printenv A");
    expect(variable.code).toBe(127);
    const script = join(holdfast.stateDir, "script");
    writeFileSync(script, "echo yes\n", { mode: 0o755 });
    const unmarked = await holdfast.run("run", script);
    expect(unmarked.stderr).toContain(`type: holdfast run -- sh ${script}`);
    expect(unmarked.code).toBe(126);
  });

  it("keeps the two streams apart with --split-output", async () => {
    const args = ["sh", "-c", "echo out; echo error >&2"];
    const { stdout, stderr } = await holdfast.run("run", "--split-output", ...args);
    expect(stdout).toBe("out\n");
    expect(stderr).toContain("error\n");
  });

  it("takes environment, working directory and files of variables along", async () => {
    const script = 'printf "%s|%s|%s|%s" "$PWD" "$A" "$HOLDFAST_TEST_JOB" "$PYTHONUNBUFFERED"';
    const { stdout } = await holdfast.run("run", "-C", "/usr", "-e", "A=b c", "sh", "-c", script);
    expect(stdout).toMatch(/^\/usr\|b c\|[0-9a-f-]{36}\|1$/);
  });

  it("shows progress under the output on a terminal", async () => {
    const command = holdfast.startOnTerminal([
      "run",
      "python3",
      "examples/train.py",
      "--epochs",
      "6",
    ]);
    await command.says(/\] {2}\d\d% \d\/6 loss/);
    expect((await command.ended).code).toBe(0);
    expect(command.stdout).toContain("epoch 6/6");
    expect(command.stdout).toMatch(/job \d+ train\.py succeeded after/);
  });

  it("ends with 128 + n for a signal", async () => {
    const { code } = await holdfast.run("run", "sh", "-c", "kill -SEGV $$");
    expect(code).toBe(128 + 11);
  });

  it("ends with 124 at the time limit", async () => {
    const { code, stderr } = await holdfast.run("run", "--limit", "300ms", "sleep", "60");
    expect(stderr).toContain("timed out");
    expect(code).toBe(124);
  });

  it("ends with 127 for a missing program and 126 for a program without execute permission, with a hint", async () => {
    const missing = await holdfast.run("run", "no-such-program");
    expect(missing.code).toBe(127);
    expect(missing.stderr).toContain("check its spelling, and");
    const forbidden = await holdfast.run("run", "/etc/passwd");
    expect(forbidden.code).toBe(126);
    expect(forbidden.stderr).toContain("chmod +x");
  });

  it("stops processes that the main process leaves behind, and reports them", async () => {
    const { code, stderr } = await holdfast.run("run", "sh", "-c", "sleep 60 & sleep 60 & exit 0");
    expect(stderr).toContain("it left 2 processes behind, stopped");
    expect(code).toBe(0);
  });

  it("writes the ended job with --json", async () => {
    const { code, stdout } = await holdfast.run("run", "--json", "sh", "-c", "exit 4");
    expect(JSON.parse(stdout)).toMatchObject({ state: "failed", outcome: { code: 4 } });
    expect(code).toBe(4);
  });

  it("follows output faster than it can be shown, byte for byte", async () => {
    const args = ["sh", "-c", "head -c 50000000 /dev/zero | tr '\\0' x; echo end"];
    const { stdout } = await holdfast.run("run", ...args);
    expect(stdout.length).toBe(50_000_004);
    expect(stdout.endsWith("xend\n")).toBe(true);
  });
});

describe("Ctrl+C on a terminal", () => {
  const job = [
    "run",
    "sh",
    "-c",
    "trap 'sleep 1; exit 7' TERM; echo ready; while :; do sleep 0.1; done",
  ];

  it("asks; d leaves the job running and says how to come back", async () => {
    const command = holdfast.startOnTerminal(job);
    const [, id = ""] = await command.says(/job (\d+) sh\r\n[^]*ready/);
    command.type("\u0003");
    await command.says(/\[d\]etach {2}\[c\]ancel {2}\[k\]ill/);
    command.type("d");
    expect((await command.ended).code).toBe(125);
    expect(command.stdout).toContain(
      `holdfast logs -f ${id} follows it, holdfast cancel ${id} ends it`,
    );
    expect((await holdfast.show(Number(id))).state).toBe("running");
    await holdfast.run("cancel", id);
  });

  it("asks; c cancels and shows the stop", async () => {
    const command = holdfast.startOnTerminal(job);
    await command.says(/ready/);
    command.type("\u0003");
    await command.says(/\[d\]etach/);
    command.type("c");
    await command.says(/stopping: TERM sent/);
    expect((await command.ended).code).toBe(130);
    expect(command.stdout).toMatch(/job \d+ sh cancelled after/);
  });

  it("twice cancels without an answer, and once more cuts the grace short", async () => {
    const stubborn = [
      "run",
      "--grace",
      "10m",
      "sh",
      "-c",
      "trap '' TERM; echo ready; while :; do sleep 0.1; done",
    ];
    const command = holdfast.startOnTerminal(stubborn);
    await command.says(/ready/);
    command.type("\u0003");
    await command.says(/\[d\]etach/);
    command.type("\u0003");
    await command.says(/KILL in/);
    command.type("\u0003");
    expect((await command.ended).code).toBe(130);
  });
});

describe("a signal to the command, without a terminal", () => {
  const job = ["run", "sh", "-c", "echo ready; exec sleep 60"];

  it("SIGINT cancels the job", async () => {
    const command = holdfast.start(job);
    await command.says(/ready/);
    command.interrupt("SIGINT");
    expect((await command.ended).code).toBe(130);
  });

  it("SIGTERM leaves the job running", async () => {
    const command = holdfast.start(job);
    const [, id = ""] = await command.says(/job (\d+) sh/);
    await command.says(/ready/);
    command.interrupt("SIGTERM");
    expect((await command.ended).code).toBe(143);
    expect((await holdfast.show(Number(id))).state).toBe("running");
    await holdfast.run("cancel", id);
  });
});

describe("a run that cannot begin", () => {
  it("for a working directory that is not there", async () => {
    expect(await holdfast.run("run", "-C", "/nowhere", "true")).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "holdfast: The working directory does not exist\n  Create /nowhere, or choose another with --cwd\n",
    });
  });

  it("for a file of variables that cannot be read", async () => {
    const { code, stderr } = await holdfast.run("run", "--env-file", "/nowhere", "true");
    expect(stderr).toBe("holdfast: The file cannot be read\n  /nowhere: it is not there\n");
    expect(code).toBe(2);
  });

  it("for an environment that the kernel would not take", async () => {
    const file = join(holdfast.stateDir, "large.env");
    writeFileSync(file, `LARGE=${"x".repeat(3_000_000)}\n`);
    const { code, stderr } = await holdfast.run("run", "--env-file", file, "true");
    expect(stderr).toContain("longer than the kernel accepts");
    expect(stderr).not.toContain("xxx");
    expect(code).toBe(2);
  });
});
