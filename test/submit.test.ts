import { expect, it } from "vitest";
import { startedServer } from "./harness/started-server.ts";

const holdfast = startedServer();

it("writes the new job's number and returns while it runs", async () => {
  const id = await holdfast.submit("-n", "sleeper", "--tag", "a", "sleep", "60");
  expect(await holdfast.show(id)).toMatchObject({ spec: { name: "sleeper", tags: ["a"] } });
  await holdfast.run("kill", String(id));
});

it("never shows a value of the environment again", async () => {
  const secret = "hunter2-is-the-value";
  const args = ["-e", `TOKEN=${secret}`, "sh", "-c", 'test "$TOKEN" = hunter2-is-the-value'];
  const id = String(await holdfast.submit(...args));
  expect((await holdfast.run("wait", id)).code).toBe(0);
  const shown = await Promise.all(
    [
      ["show", id],
      ["show", id, "--json"],
      ["receipt", id, "--json"],
      ["ls", "--json"],
      ["server", "logs"],
    ].map((command) => holdfast.run(...command)),
  );
  // The command itself contains the text: it is the variable that must not be there.
  for (const { stdout, stderr } of shown) expect(stdout + stderr).not.toContain(`TOKEN=${secret}`);
  expect(shown[1]?.stdout).toContain('"TOKEN"');
});

it("limits what a job may use", async () => {
  const args = ["--rlimit", "nofile=64:64", "--nice", "5", "--cpus", "0"];
  const id = String(await holdfast.submit(...args, "sh", "-c", "ulimit -n; nice; nproc"));
  await holdfast.run("wait", id);
  expect((await holdfast.run("logs", id)).stdout).toBe("64\n5\n1\n");
});

it("refuses what is not a specification, with what to type", async () => {
  const { code, stderr } = await holdfast.run("submit", "--cpus", "all", "true");
  expect(stderr).toContain("use a list such as 0-3,8");
  expect(code).toBe(2);
});
