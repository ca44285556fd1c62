import type { Config } from "../config/config.ts";
import { RefusalError } from "../contract/problems.ts";
import { refuseInsideJob } from "../processes/enclosing-job.ts";
import { builtProgram } from "../system/built-program.ts";
import { dropJobVariables } from "./drop-job-variables.ts";
import { requireOwnProc } from "./programs.ts";

/**
 * Before anything is opened: throws RefusalError inside a job, with another namespace's `/proc`, and if a
 * command started this server although the configuration says that commands do not.
 */
export function requireMayStart({ paths, server }: Config): void {
  if (process.env["HOLDFAST_STARTED_ON_FIRST_USE"] === "1" && !server.autostart)
    throw new RefusalError({ code: "server_not_running", details: { socket: paths.socket } });
  refuseInsideJob(paths.attemptsDir, process.env);
  dropJobVariables(builtProgram("server"));
  requireOwnProc();
}
