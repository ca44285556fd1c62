import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

const rows = (stdout: string) => stdout.trimEnd().split("\n").slice(1);

describe("ls", () => {
  it("says what to do when there is nothing to show", async () => {
    expect(await holdfast.run("ls")).toEqual({
      code: 0,
      stdout: "",
      stderr: "No jobs. holdfast run -- PROGRAM runs one.\n",
    });
  });

  it("shows escape sequences in names, commands and tags instead of doing them", async () => {
    const evil = "\u001b]0;owned\u0007\u001b[2J\u202e";
    const id = String(await holdfast.submit("-n", evil, "--tag", evil, "true", evil));
    await holdfast.run("wait", id);
    for (const args of [["ls"], ["show", id], ["receipt", id], ["wait", id], ["rm", id]]) {
      const { stdout, stderr } = await holdfast.run(...args);
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u);
      expect(Buffer.from(stdout + stderr, "latin1").toString("utf8")).not.toContain("\u202e");
    }
  });

  it("filters by state, tag and name, newest first", async () => {
    const failed = await holdfast.submit("--tag", "nightly", "false");
    const good = await holdfast.submit("--tag", "nightly", "-n", "good", "true");
    await holdfast.run("wait", String(failed), String(good));
    const nightly = rows((await holdfast.run("ls", "--tag", "nightly")).stdout);
    expect(nightly.map((row) => Number.parseInt(row, 10))).toEqual([good, failed]);
    expect(rows((await holdfast.run("ps", "--state", "failed")).stdout)).toHaveLength(1);
    const named = await holdfast.run("ls", "--name", "good", "--json");
    expect(JSON.parse(named.stdout)).toMatchObject({ jobs: [{ id: good }], nextCursor: null });
  });

  it("fits the terminal's width", async () => {
    const id = String(await holdfast.submit("-n", "x".repeat(90), "echo", "模".repeat(80)));
    await holdfast.run("wait", id);
    const command = holdfast.startOnTerminal(["ls"]);
    const { stdout } = await command.ended;
    const lines = Buffer.from(stdout, "latin1").toString("utf8").split("\r\n");
    // Wide characters take two columns; none of these lines may need more than 100.
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(100);
  });

  it("-w shows a job appear and end, and gives the screen back at Ctrl+C", async () => {
    const watching = holdfast.startOnTerminal(["ls", "-w"]);
    await watching.says(/ID/);
    const id = await holdfast.submit("-n", "watched", "sh", "-c", "exit 9");
    await watching.says(/watched.*exit 9/);
    watching.type("\u0003");
    const { code, stdout } = await watching.ended;
    expect(code).toBe(0);
    expect(stdout.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
    expect(id).toBeGreaterThan(0);
  });

  it("-w writes a line for each change where there is no terminal", async () => {
    const watching = holdfast.start(["ls", "-w", "--json"]);
    // Nothing reports when the stream has begun: jobs are run until one of them is seen.
    const seen = () => watching.stdout.includes('"state":"succeeded"');
    for (let tries = 0; !seen() && tries < 50; tries += 1) await holdfast.run("run", "true");
    expect(seen()).toBe(true);
    watching.interrupt();
    expect((await watching.ended).code).toBe(0);
  });
});
