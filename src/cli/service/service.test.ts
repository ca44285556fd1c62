import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Client } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import { run as install } from "../commands/service-install.ts";
import { run as status } from "../commands/service-status.ts";
import { run as uninstall } from "../commands/service-uninstall.ts";
import type { Context, Run, ServerProcess } from "../context.ts";
import { Arguments } from "../grammar/parse.ts";
import { FakeCommandLine } from "../testing/fake-context.ts";

let folder: string;
let unit: string;
let line: FakeCommandLine;
/** Calls of systemctl, and its answers. */
let asked: string[];
let answers: (command: string) => { code: number; stdout: string; stderr: string };
let serverRuns: boolean;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "holdfast-service-"));
  unit = join(folder, "systemd/user/holdfast.service");
  line = new FakeCommandLine();
  asked = [];
  answers = () => ({ code: 0, stdout: "", stderr: "" });
  serverRuns = false;
});
afterEach(() => rmSync(folder, { recursive: true }));

const health = () =>
  serverRuns
    ? Promise.resolve({})
    : Promise.reject(new RefusalError({ code: "server_not_running", details: { socket: "s" } }));

async function type(run: Run, ...switches: string[]): Promise<number> {
  const context: Context = {
    ...line.context(),
    args: new Arguments([], new Map(switches.map((name) => [name, []]))),
    env: { XDG_CONFIG_HOME: folder, HOLDFAST_STATE_DIR: "/data/jobs" },
    serverProcess: { client: { health } as unknown as Client } as ServerProcess,
    host: {
      launcher: "/opt/holdfast/holdfast",
      userName: () => "user-without-session",
      run(program, args) {
        const command = [program, ...args].join(" ");
        asked.push(command);
        return Promise.resolve(answers(command));
      },
    },
  };
  return run(context);
}

const refusalOf = async (action: Promise<unknown>) => {
  const error = await action.catch((thrown: unknown) => thrown);
  return error instanceof RefusalError ? error.refusal : error;
};

describe("service install", () => {
  it("writes the unit of this clone and state folder, and lets systemd read it", async () => {
    expect(await type(install)).toBe(0);
    const text = readFileSync(unit, "utf8");
    expect(text).toContain('ExecStart="/opt/holdfast/holdfast" server start --foreground');
    expect(text).toContain('Environment="HOLDFAST_STATE_DIR=/data/jobs"');
    expect(readdirSync(join(folder, "systemd/user"))).toEqual(["holdfast.service"]);
    expect(asked).toEqual(["systemctl --user daemon-reload"]);
  });

  it("prints the next commands: linger if missing, the running server, the start", async () => {
    serverRuns = true;
    await type(install);
    const said = line.messages.text;
    expect(said).toContain("sudo loginctl enable-linger user-without-session");
    expect(said).toContain("holdfast server stop");
    expect(said).toContain("systemctl --user enable --now holdfast.service");
  });

  it("with --print installs nothing", async () => {
    await type(install, "--print");
    expect(line.out.text).toContain("[Service]");
    expect(existsSync(unit)).toBe(false);
    expect(asked).toEqual([]);
  });

  it("leaves nothing behind if no systemd answers, and shows what to type", async () => {
    const complaint = "Failed to connect to bus: No medium found";
    answers = () => ({ code: 1, stdout: "", stderr: complaint });
    expect(await refusalOf(type(install))).toMatchObject({
      code: "service_failed",
      details: { what: expect.stringMatching(/XDG_RUNTIME_DIR.*holdfast server start/) as string },
    });
    expect(existsSync(unit)).toBe(false);
  });

  it("keeps the unit that was there when systemd does not read the new one", async () => {
    await type(install);
    writeFileSync(unit, "# mine");
    answers = () => ({ code: 1, stdout: "", stderr: "no" });
    await refusalOf(type(install));
    expect(readFileSync(unit, "utf8")).toBe("# mine");
  });

  it("shows the message of systemd", async () => {
    answers = () => ({
      code: 1,
      stdout: "",
      stderr: "Failed to connect to bus: No medium found\n",
    });
    expect(await refusalOf(type(install))).toMatchObject({
      code: "service_failed",
      details: { what: expect.stringContaining("No medium found") as unknown },
    });
  });
});

describe("service uninstall", () => {
  it("stops and disables it before the unit goes", async () => {
    await type(install);
    let unitThere = false;
    answers = (command) => {
      if (command.includes("disable")) unitThere = existsSync(unit);
      return { code: 0, stdout: "", stderr: "" };
    };
    expect(await type(uninstall)).toBe(0);
    expect(unitThere).toBe(true);
    expect(existsSync(unit)).toBe(false);
    expect(asked.slice(1)).toEqual([
      "systemctl --user disable --now holdfast.service",
      "systemctl --user daemon-reload",
    ]);
  });

  it("refuses where nothing is installed", async () => {
    expect(await refusalOf(type(uninstall))).toMatchObject({ code: "service_not_installed" });
    expect(asked).toEqual([]);
  });
});

describe("service status", () => {
  const shown = (active: string) => () => ({
    code: 0,
    stdout: `ActiveState=${active}\nSubState=x\nUnitFileState=enabled\nMainPID=812\nNRestarts=0\n`,
    stderr: "",
  });

  it("exits with 0 only when it runs", async () => {
    await type(install);
    answers = shown("active");
    expect(await type(status)).toBe(0);
    answers = shown("failed");
    expect(await type(status)).toBe(69);
  });

  it("notices that the unit starts another clone", async () => {
    await type(install);
    writeFileSync(unit, readFileSync(unit, "utf8").replace("/opt/holdfast/", "/old/"));
    answers = shown("active");
    await type(status);
    expect(line.out.text).toContain("another clone");
  });
});
