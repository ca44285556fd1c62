import { describe, expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

describe("retry", () => {
  it("runs the same again, environment included", async () => {
    const id = await holdfast.ended("-e", "A=kept", "sh", "-c", 'echo "$A"');
    const again = (await holdfast.run("retry", id)).stdout.trim();
    await holdfast.run("wait", again);
    expect((await holdfast.run("logs", again)).stdout).toBe("kept\n");
    expect(await holdfast.show(Number(again))).toMatchObject({ retryOf: Number(id) });
  });
});

describe("the secrets of a job that ended", () => {
  it("are named by a retry, which takes them with -e", async () => {
    const script = 'echo "$A $MY_TOKEN"';
    const id = await holdfast.ended(
      "-e",
      "A=kept",
      "-e",
      "MY_TOKEN=canary-4711",
      "sh",
      "-c",
      script,
    );
    const refused = await holdfast.run("retry", id);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`holdfast retry -e MY_TOKEN ${id}`);
    const again = (await holdfast.run("retry", "-e", "MY_TOKEN=new", id)).stdout.trim();
    await holdfast.run("wait", again);
    expect((await holdfast.run("logs", again)).stdout).toBe("kept new\n");
  });
});

describe("--retries", () => {
  // Fails until it is run for the third time, and prints the variables that it gets each time.
  const script = 'echo "run $HOLDFAST_RETRY $HOLDFAST_RETRY_AFTER"; [ "$HOLDFAST_RETRY" = 2 ]';
  const again = ["--retries", "3", "--retry-on", "failed", "--retry-delay", "10ms"];

  it("runs a job again until it succeeds, and follows it to its end", async () => {
    const { code, stdout } = await holdfast.run("run", ...again, "sh", "-c", script);
    expect(stdout).toBe("run 0 \nrun 1 failed\nrun 2 failed\n");
    expect(code).toBe(0);
  });

  it("keeps log and receipt of each attempt, and lists them", async () => {
    const id = await holdfast.ended(...again, "sh", "-c", script);
    expect((await holdfast.run("logs", id, "--attempt", "2")).stdout).toBe("run 1 failed\n");
    expect((await holdfast.run("logs", id)).stdout).toBe("run 2 failed\n");
    const { stdout } = await holdfast.run("receipt", id, "--attempt", "1", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ state: "failed", proof: { kind: "keeper" } });
    const page = (await holdfast.run("show", id)).stdout;
    expect(page).toMatch(/attempts\n +1 {2}failed \(exit 1\).*\n +2 {2}failed.*\n +3 {2}succeeded/);
    expect(await holdfast.run("receipt", id, "--attempt", "9")).toMatchObject({ code: 1 });
  });

  it("waits in between, says for how long, and a cancel gives it up", async () => {
    const id = await holdfast.submit("--retries", "1", "--retry-delay", "1h", "false");
    const shown = async () => (await holdfast.run("show", String(id))).stdout;
    while (!(await shown()).includes("the next attempt in"));
    expect(await shown()).toContain("attempt 1: exit 1");
    expect((await holdfast.run("cancel", String(id))).code).toBe(0);
    expect((await holdfast.show(id)).state).toBe("cancelled");
  });
});
