import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PrivateServer } from "./harness/private-server.ts";

let holdfast: PrivateServer;
beforeAll(async () => {
  holdfast = new PrivateServer();
  await holdfast.up();
  const id = await holdfast.submit("-n", "nightly", "true");
  await holdfast.run("wait", String(id));
  const program = join(holdfast.stateDir, "holdfast");
  const cli = resolve(import.meta.dirname, "../build/cli.cjs");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" -- "${cli}" "$@"\n`);
  chmodSync(program, 0o755);
});
afterAll(() => holdfast.remove());

/** What bash would offer for the last of the words. */
function offered(...words: string[]): string[] {
  const script = [
    'eval "$(holdfast completion bash)"',
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")})`,
    "COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))",
    '_holdfast holdfast "${COMP_WORDS[COMP_CWORD]}"',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  const env = { ...holdfast.env, PATH: `${holdfast.stateDir}:${process.env["PATH"]}` };
  return execFileSync("bash", ["--norc", "-c", script], { env, encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

describe("completion in bash", () => {
  it("offers verbs, options, jobs and files", () => {
    expect(offered("holdfast", "sub")).toEqual(["submit"]);
    expect(offered("holdfast", "server", "re")).toEqual(["restart"]);
    expect(offered("holdfast", "run", "--out")).toEqual(["--output-quota"]);
    expect(offered("holdfast", "show", "ni")).toEqual(["nightly"]);
    expect(offered("holdfast", "show", "1")).toEqual(["1"]);
    expect(offered("holdfast", "run", "--env-file", "package.j")).toEqual(["package.json"]);
  });
});

it.each(["zsh", "fish"])("the script for %s is written", async (shell) => {
  expect((await holdfast.run("completion", shell)).stdout).toContain("holdfast __complete");
});
