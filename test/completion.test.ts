import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PrivateServer } from "./harness/private-server.ts";

let holdfast: PrivateServer;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  holdfast = new PrivateServer();
  await holdfast.up();
  const id = await holdfast.submit("-n", "nightly", "true");
  await holdfast.run("wait", String(await holdfast.submit("-n", "odd $(touch x) name", "true")));
  await holdfast.run("wait", String(id));
  const program = join(holdfast.stateDir, "holdfast");
  const cli = resolve(import.meta.dirname, "../build/cli.cjs");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" -- "${cli}" "$@"\n`);
  chmodSync(program, 0o755);
  // A shell writes its history and caches into its home.
  const home = holdfast.stateDir;
  env = {
    ...holdfast.env,
    HOME: home,
    ZDOTDIR: home,
    PATH: `${home}:${process.env["PATH"]}`,
    LANG: "C.UTF-8",
  };
});
afterAll(() => holdfast.remove());

const has = (shell: string) => spawnSync(shell, ["-c", "true"]).status === 0;

/** What bash would offer for the last argument. */
function offered(...args: string[]): string[] {
  const script = [
    'eval "$(holdfast completion bash)"',
    `COMP_WORDS=(${args.map((word) => `'${word}'`).join(" ")})`,
    "COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))",
    '_holdfast holdfast "${COMP_WORDS[COMP_CWORD]}"',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join("\n");
  return execFileSync("bash", ["--norc", "-c", script], { env, encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

/** What fish lists for a line: each candidate and its description. */
function listedByFish(line: string): string[] {
  const script = 'holdfast completion fish | source; complete --do-complete "$argv"';
  return execFileSync("fish", ["--no-config", "-c", script, line], { env, encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

/** What becomes of lines in zsh, on a terminal, by the Tab key. */
async function completedByZsh(lines: readonly string[]): Promise<string[]> {
  const terminal = resolve(import.meta.dirname, "harness/terminal.py");
  const shell = ["/usr/bin/python3", terminal, "24", "100", "zsh", "-f", "-i"];
  const child = spawn("/usr/bin/env", shell, { env, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((end) => child.once("close", end));
  let text = "";
  const says = (pattern: RegExp) =>
    new Promise<string>((found, lost) => {
      const sample = () => {
        const match = pattern.exec(text);
        if (match !== null) found(match[1] ?? "");
      };
      child.stdout.on("data", sample);
      child.once("close", () => lost(new Error(`zsh ended: ${text}`)));
      sample();
    });
  child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
  const set = [
    "autoload -U compinit; compinit -u -D",
    'eval "$(holdfast completion zsh)"',
    'shown() { print -r -- "com""pleted<$BUFFER>"; BUFFER=; zle accept-line }; zle -N shown',
    "bindkey '^I' complete-word; bindkey '^X' shown; PROMPT=; echo re''ady",
  ];
  child.stdin.write(`${set.join("; ")}\n`);
  await says(/(ready)/);
  const completed: string[] = [];
  for (const line of lines) {
    text = "";
    child.stdin.write(`${line}\t\u0018`);
    completed.push(await says(/completed<(.*?)>/));
  }
  child.stdin.write("exit\n");
  await ended;
  return completed;
}

it("bash offers verbs, options, jobs and files", () => {
  expect(offered("holdfast", "sub")).toEqual(["submit"]);
  expect(offered("holdfast", "server", "re")).toEqual(["restart"]);
  expect(offered("holdfast", "run", "--out")).toEqual(["--output-quota"]);
  expect(offered("holdfast", "show", "ni")).toEqual(["nightly"]);
  // A name is one argument, and executes nothing.
  expect(offered("holdfast", "show", "od")).toEqual([String.raw`odd\ \$\(touch\ x\)\ name`]);
  expect(offered("holdfast", "show", "1")).toEqual(["1"]);
  expect(offered("holdfast", "run", "--env-file", "package.j")).toEqual(["package.json"]);
});

describe.skipIf(!has("fish"))("fish", () => {
  it("offers verbs, options, jobs and files", () => {
    expect(listedByFish("holdfast sub")).toEqual([expect.stringMatching(/^submit\t\w/)]);
    expect(listedByFish("holdfast server re")).toEqual([expect.stringMatching(/^restart\t/)]);
    expect(listedByFish("holdfast run --out")).toEqual([expect.stringMatching(/^--output-quota/)]);
    expect(listedByFish("holdfast show ni")).toEqual([expect.stringMatching(/^nightly/)]);
    expect(listedByFish("holdfast run --env-file package.j")).toEqual(["package.json"]);
  });
});

describe.skipIf(!has("zsh"))("zsh", () => {
  it("offers verbs, options, jobs and files", async () => {
    const lines = ["sub", "server re", "run --out", "show ni", "run --env-file package.j"];
    expect(await completedByZsh(lines.map((line) => `holdfast ${line}`))).toEqual([
      "holdfast submit ",
      "holdfast server restart ",
      "holdfast run --output-quota ",
      "holdfast show nightly ",
      "holdfast run --env-file package.json ",
    ]);
  });
});
