import { execFile } from "node:child_process";
import { join } from "node:path";
import { buildFolder, type PrivateServer } from "./containment/private-server.ts";
import { withoutWaiting } from "./harness/without-waiting.ts";

/** `holdfast WORDS…` for a server's state folder, whether or not it runs. */
export function holdfast(
  server: Pick<PrivateServer, "folder" | "stateDir">,
  ...typed: string[]
): Promise<Ended> {
  return holdfastThrough([], server, ...typed);
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

/** The same, with a program before it that becomes it. */
export function holdfastThrough(
  through: readonly string[],
  server: Pick<PrivateServer, "folder" | "stateDir">,
  ...typed: string[]
): Promise<Ended> {
  const [program = "", ...args] = [
    ...through,
    process.execPath,
    join(buildFolder, "cli.cjs"),
    ...typed,
  ];
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      {
        env: {
          PATH: process.env["PATH"],
          HOME: server.folder,
          HOLDFAST_STATE_DIR: server.stateDir,
          HOLDFAST_AUTOSTART: "0",
        },
      },
      (_error, stdout, stderr) =>
        resolve({ code: child.exitCode ?? -1, stdout, stderr: withoutWaiting(stderr) }),
    );
  });
}

/** The documents of a `--json` answer. */
export function documents<T>(stdout: string): T[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as T);
}
