import { RefusalError } from "../contract/problems.ts";
import type { Context } from "./context.ts";

/** Closing streams and the database takes a moment; jobs are not waited for. */
const stopPatienceMs = 20_000;
const lookAgainMs = 25;

/** Its pid, or null where none ran. Resolves when the process is gone. Throws RefusalError. */
export async function stopServer({ serverProcess, clock }: Context): Promise<number | null> {
  const pid = await runningPid(serverProcess);
  if (pid === null) return null;
  try {
    serverProcess.terminate(pid);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It went away by itself in between.
    if (code === "ESRCH") return pid;
    throw new RefusalError({
      code: "forbidden",
      details: { what: `The server, pid ${pid}, belongs to somebody else` },
    });
  }
  const deadlineMs = clock.monotonicMs() + stopPatienceMs;
  while (serverProcess.isAlive(pid)) {
    if (clock.monotonicMs() >= deadlineMs) {
      const what = `pid ${pid} got TERM and is still there after ${stopPatienceMs / 1000} s`;
      throw new RefusalError({ code: "server_unreachable", details: { what } });
    }
    await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve));
  }
  return pid;
}

/** Starts one unless one runs; says which, where it listens and where it logs. */
export async function startServer(context: Context): Promise<number> {
  const { serverProcess, screen, json } = context;
  const ran = await runningPid(serverProcess);
  const started = ran === null ? (await serverProcess.start()).started : false;
  const health = await serverProcess.client.health();
  if (json) await screen.document(health);
  else {
    await screen.say(`server ${started ? "started" : "runs already"}, pid ${health.pid}`);
    await screen.say(`  socket  ${serverProcess.socket}`);
    await screen.say(`  log     ${serverProcess.logFile}`);
  }
  return 0;
}

async function runningPid({ client }: Context["serverProcess"]): Promise<number | null> {
  try {
    return (await client.health()).pid;
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === "server_not_running") return null;
    throw error;
  }
}
