import { existsSync } from "node:fs";
import type { PeerProgram } from "./peer.ts";

const program = "/usr/bin/nq";

/** No server: each job is a process that waits for the lock of the one before it, one at a time. */
export const nq: PeerProgram = {
  package: "nq",
  isInstalled: () => existsSync(program),
  async open({ folder, mark }) {
    return {
      name: "nq",
      env: { ...process.env, ...mark, NQDIR: folder },
      submit: (job) => [program, ...job],
      // It has no command for this: the id ends with the pid of the process that runs the job.
      cancel: (id) => ["/bin/kill", "-TERM", id.split(".").at(-1) ?? ""],
      close: async () => undefined,
    };
  },
};
