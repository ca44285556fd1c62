import { StallTimeout } from "../client/stall-timeout.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Health } from "../contract/server.ts";
import type { Context } from "./context.ts";

/** Time to close streams and the database; jobs are not awaited. */
const limits = { stallMs: 20_000, sayAfterMs: 5000 };
/**
 * CPU time in clock ticks of 10 ms. A server that ends needs less than a second of it; after this
 * amount it spins. Not wall-clock time, because the machine may be busy.
 */
const mostWork = 2000;
const pollMs = 25;

/**
 * Its pid, or null if none ran. Resolves when the process is gone. A server that neither answers nor
 * ends on request is killed, which does not harm jobs and records. Throws RefusalError.
 */
export async function stopServer(context: Context): Promise<number | null> {
  const { serverProcess, screen } = context;
  const pid = await pidToStop(serverProcess);
  if (pid === null) return null;
  if (!signal(pid, () => serverProcess.terminate(pid))) return pid;
  if (await isGoneSoon(context, pid)) return pid;
  // According to the kernel it is still the server, not another process with its pid.
  if (serverProcess.holder() === pid) {
    await screen.say(`pid ${pid} hangs after SIGTERM: it is killed; jobs continue`);
    if (!signal(pid, () => serverProcess.kill(pid)) || (await isGoneSoon(context, pid))) return pid;
  }
  const what = `pid ${pid} got SIGTERM, and has neither ended nor made progress for ${limits.stallMs / 1000} s`;
  throw new RefusalError({ code: "server_unreachable", details: { what } });
}

/** False: it ended in between. */
function signal(pid: number, send: () => void): boolean {
  try {
    send();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    const what = `The server, pid ${pid}, belongs to another user`;
    throw new RefusalError({ code: "forbidden", details: { what } });
  }
}

/** Waits while it works; false: it hangs or spins. */
async function isGoneSoon(
  { serverProcess, screen, clock }: Context,
  pid: number,
): Promise<boolean> {
  const progress = () => serverProcess.work(pid);
  // A terminal that is gone is detected when data is written.
  const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);
  const timeout = new StallTimeout(
    clock,
    { progress, onWaiting },
    `the server (pid ${pid}) to end`,
    limits,
  );
  const begunAt = progress() ?? 0;
  // A killed process can be a zombie before its other threads have released socket and lock.
  while (serverProcess.isAlive(pid) || serverProcess.holder() === pid) {
    if (timeout.isOver() || (progress() ?? 0) - begunAt >= mostWork) return false;
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
  return true;
}

/** Also finds a server that hangs, and one whose socket was removed. */
async function pidToStop(serverProcess: Context["serverProcess"]): Promise<number | null> {
  try {
    const health = await runningServer(serverProcess.client);
    return health === null ? serverProcess.serverHolder() : pidHere(serverProcess, health);
  } catch (error) {
    const hangs = error instanceof RefusalError && error.refusal.code === "server_unreachable";
    const pid = hangs ? serverProcess.holder() : null;
    if (pid === null) throw error;
    return pid;
  }
}

/**
 * The pid by which this process can signal the server. The kernel reports the holder of the lock with
 * the pids of this namespace, so it is also correct from a namespace above that of the server.
 */
function pidHere(serverProcess: Context["serverProcess"], { pid, pidNamespace }: Health): number {
  const holder = serverProcess.holder();
  if (holder !== null) return holder;
  requireNamespace(serverProcess, { pid, pidNamespace });
  return pid;
}

function requireNamespace(
  serverProcess: Context["serverProcess"],
  { pid, pidNamespace }: Pick<Health, "pid" | "pidNamespace">,
): void {
  const here = serverProcess.pidNamespace();
  // An older version does not report it.
  if (typeof pidNamespace !== "number" || here === null || pidNamespace === here) return;
  throw new RefusalError({
    code: "server_in_other_namespace",
    details: { pid, namespace: pidNamespace },
  });
}

/** Called before a typed pid is sent to the server, where it must name the same process. */
export async function requireSameNamespace({ server, serverProcess }: Context): Promise<void> {
  requireNamespace(serverProcess, await server.health());
}

/** Starts a server unless one runs; reports its pid, socket and log. */
export async function startServer(context: Context): Promise<number> {
  const { serverProcess, screen, json } = context;
  const ran = await runningServer(serverProcess.waitingClient);
  const started = ran === null ? (await serverProcess.start()).started : false;
  const health = await serverProcess.waitingClient.health();
  if (json) await screen.document(health);
  else {
    await screen.say(`server ${started ? "started" : "runs already"}, pid ${health.pid}`);
    await screen.say(`  socket  ${serverProcess.socket}`);
    await screen.say(`  log     ${serverProcess.logFile}`);
  }
  return 0;
}

async function runningServer(client: Context["serverProcess"]["client"]): Promise<Health | null> {
  try {
    return await client.health();
  } catch (error) {
    if (error instanceof RefusalError && error.refusal.code === "server_not_running") return null;
    throw error;
  }
}
