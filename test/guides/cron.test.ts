import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withoutWaiting } from "../harness/without-waiting.ts";
import { pages, project } from "./page.ts";

it("the crontab line of the guide on orphans watches with what cron gives a command", () => {
  const blocks = pages().flatMap((page) => page.blocks);
  const [block, ...others] = blocks.filter(({ language }) => language === "crontab");
  expect(others).toEqual([]);
  const command = /^(?:\S+ +){5}(.*)$/m.exec(block?.text ?? "")?.[1] ?? "";
  expect(command).toContain("--duration 3m");

  const home = mkdtempSync(join(tmpdir(), "holdfast cron "));
  try {
    symlinkSync(project, join(home, "holdfast"));
    // The first command of all makes it.
    mkdirSync(join(home, ".local/state"), { recursive: true });
    const { status, stderr } = spawnSync("sh", ["-c", command.replace("3m", "1s")], {
      cwd: home,
      env: { HOME: home, SHELL: "/bin/sh", LOGNAME: "ada", PATH: "/usr/bin:/bin" },
      encoding: "utf8",
    });
    expect({ status, stderr: withoutWaiting(stderr) }).toEqual({ status: 0, stderr: "" });
    const lines = readFileSync(join(home, ".local/state/holdfast-watch.ndjson"), "utf8");
    expect(lines).toMatch(/"type":"round"/);
  } finally {
    rmSync(home, { recursive: true });
  }
});
