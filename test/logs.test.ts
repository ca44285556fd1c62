import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("logs", () => {
  it("writes every byte as it is", async () => {
    const id = await holdfast.ended("sh", "-c", String.raw`printf '\377\000\033[2J\n\nlast'`);
    expect((await holdfast.run("logs", id)).stdout).toBe("\xff\0\u001b[2J\n\nlast");
  });

  it("-n writes the last lines", async () => {
    const id = await holdfast.ended("seq", "1000");
    expect((await holdfast.run("logs", "-n", "2", id)).stdout).toBe("999\n1000\n");
    expect((await holdfast.run("logs", id, "-n0")).stdout).toBe("");
  });

  it("-f continues until the job has ended", async () => {
    const args = ["sh", "-c", "echo first; while [ ! -e go ]; do sleep 0.05; done; echo last"];
    const id = String(await holdfast.submit("-C", holdfast.stateDir, ...args));
    const logs = holdfast.start(["logs", "-f", id]);
    await logs.says(/first/);
    await holdfast.run("run", "touch", `${holdfast.stateDir}/go`);
    expect(await logs.ended).toEqual({ code: 0, stdout: "first\nlast\n", stderr: "" });
  });

  it("--stderr writes the other stream of a job with split output", async () => {
    const id = await holdfast.ended("--split-output", "sh", "-c", "echo out; echo error >&2");
    expect((await holdfast.run("logs", id)).stdout).toBe("out\n");
    expect((await holdfast.run("logs", "--stderr", id)).stdout).toBe("error\n");
  });

  it("say what the output quota dropped, and write no byte of it", async () => {
    const quota = ["--output-quota", "64KiB"];
    const id = await holdfast.ended(...quota, "sh", "-c", "seq 1 100000");
    const { stdout, stderr } = await holdfast.run("logs", id);
    expect(stdout).toMatch(/^[\d\n]*\n100000\n$/);
    const [, last = ""] =
      /dropped [\d.]+KiB of its output here \(bytes 0 to (\d+)\)/.exec(stderr) ?? [];
    expect(Number(last) + 1 + stdout.length).toBe(588_895);
    const some = await holdfast.run("logs", "-n", "3", id);
    expect(some).toMatchObject({ stdout: "99998\n99999\n100000\n", stderr: "" });
    const chunks = (await holdfast.run("logs", "--json", id)).stdout.split("\n");
    const [first] = chunks.map((line) => (line === "" ? {} : (JSON.parse(line) as object)));
    expect(first).toMatchObject({ offset: Number(last) + 1, droppedBytes: Number(last) + 1 });
  });

  it("of several jobs says whose it is, on stderr", async () => {
    const first = await holdfast.ended("-n", "one", "echo", "1");
    const second = await holdfast.ended("-n", "two", "echo", "2");
    const { stdout, stderr } = await holdfast.run("logs", first, second);
    expect(stdout).toBe("1\n2\n");
    expect(stderr).toBe(`==> job ${first} one <==\n==> job ${second} two <==\n`);
  });

  it("--since answers what is certain and refuses what is not", async () => {
    const id = await holdfast.ended("echo", "x");
    expect((await holdfast.run("logs", "--since", "1h", id)).stdout).toBe("x\n");
    expect((await holdfast.run("logs", "--since", "0", id)).stdout).toBe("");
    const running = String(await holdfast.submit("sh", "-c", "echo y; exec sleep 60"));
    const follow = holdfast.start(["logs", "-f", running]);
    await follow.says(/y/);
    const { code, stdout, stderr } = await holdfast.run("logs", "--since", "1ms", running);
    expect(stderr).toContain("its log has no times");
    expect(stdout).toBe("");
    expect(code).toBe(2);
    await holdfast.run("kill", running);
    await follow.ended;
  });

  it("--json writes offsets and bytes", async () => {
    const id = await holdfast.ended("printf", "ab");
    const lines = (await holdfast.run("logs", "--json", id)).stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      { jobId: Number(id), stream: "stdout", offset: 0, base64: "YWI=" },
    ]);
  });

  it("ends quietly when its reader does", async () => {
    const id = await holdfast.ended("seq", "200000");
    const logs = holdfast.start(["logs", id]);
    logs.child.stdout?.once("data", () => logs.child.stdout?.destroy());
    const { code, stderr } = await logs.ended;
    expect(stderr).toBe("");
    expect(code).toBe(141);
  });
});
