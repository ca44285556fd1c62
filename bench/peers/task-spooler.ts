import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PeerProgram } from "./peer.ts";

const program = ["/usr/bin/tsp", "/usr/bin/ts"].find((path) => existsSync(path));

/** One server in memory, which the first command starts. A job is a client of it that runs the program. */
export const taskSpooler: PeerProgram = {
  package: "task-spooler",
  isInstalled: () => program !== undefined,
  async open({ folder, slots, mark }) {
    const path = program ?? "";
    const env = {
      ...process.env,
      ...mark,
      TMPDIR: folder,
      TS_SOCKET: join(folder, "socket"),
      TS_SLOTS: String(slots),
    };
    const [, version = ""] =
      /v([\d.]+)/.exec(execFileSync(path, ["-V"], { encoding: "utf8" })) ?? [];
    return {
      name: `task-spooler ${version}`,
      env,
      submit: (job) => [path, ...job],
      cancel: (id) => [path, "-k", id],
      close: async () => void execFileSync(path, ["-K"], { env }),
    };
  },
};
