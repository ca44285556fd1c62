import { Patience } from "../client/patience.ts";
import { RefusalError } from "../contract/problems.ts";
import type { Health } from "../contract/server.ts";
import type { Context } from "./context.ts";

/** Closing streams and the database takes a moment; jobs are not waited for. */
const limits = { stallMs: 20_000, sayAfterMs: 5000 };
/**
 * A server that ends needs less than a second of processor time, in clock ticks of 10 ms. One that
 * has had this much works in circles; on a busy machine that takes it as long as it takes.
 */
const mostWork = 2000;
const lookAgainMs = 25;

/**
 * Its pid, or null where none ran. Resolves when the process is gone. One that answers nobody and
 * does not end when asked is killed: jobs and records bear that. Throws RefusalError.
 */
export async function stopServer(context: Context): Promise<number | null> {
  const { serverProcess, screen } = context;
  const pid = await pidToStop(serverProcess);
  if (pid === null) return null;
  if (!signal(pid, () => serverProcess.terminate(pid))) return pid;
  if (await isGoneSoon(context, pid)) return pid;
  // Still the server, by the kernel's word, and not another process with its pid.
  if (serverProcess.holder() === pid) {
    await screen.say(`pid ${pid} hangs after SIGTERM: it is killed; jobs continue`);
    if (!signal(pid, () => serverProcess.kill(pid)) || (await isGoneSoon(context, pid))) return pid;
  }
  const what = `pid ${pid} got SIGTERM, and has neither ended nor made progress for ${limits.stallMs / 1000} s`;
  throw new RefusalError({ code: "server_unreachable", details: { what } });
}

/** False: it went away by itself in between. */
function signal(pid: number, send: () => void): boolean {
  try {
    send();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    const what = `The server, pid ${pid}, belongs to somebody else`;
    throw new RefusalError({ code: "forbidden", details: { what } });
  }
}

/** Waits while it is at work; false: it hangs, or works in circles. */
async function isGoneSoon(
  { serverProcess, screen, clock }: Context,
  pid: number,
): Promise<boolean> {
  const progress = () => serverProcess.work(pid);
  // A terminal that has gone is noticed where data is written.
  const onWaiting = (text: string) => void screen.say(text).catch(() => undefined);
  const patience = new Patience(
    clock,
    { progress, onWaiting },
    `the server (pid ${pid}) to end`,
    limits,
  );
  const begunAt = progress() ?? 0;
  // A killed process is a zombie before its other threads have let go of socket and lock.
  while (serverProcess.isAlive(pid) || serverProcess.holder() === pid) {
    if (patience.isOver() || (progress() ?? 0) - begunAt >= mostWork) return false;
    await new Promise<void>((resolve) => clock.after(lookAgainMs, resolve));
  }
  return true;
}

/** Also of a server that hangs. */
async function pidToStop(serverProcess: Context["serverProcess"]): Promise<number | null> {
  try {
    const health = await runningServer(serverProcess.client);
    return health === null ? null : pidHere(serverProcess, health);
  } catch (error) {
    const hangs = error instanceof RefusalError && error.refusal.code === "server_unreachable";
    const pid = hangs ? serverProcess.holder() : null;
    if (pid === null) throw error;
    return pid;
  }
}

/**
 * The pid by which this process can signal the server. The kernel counts the holder of the lock as
 * /proc does here, so that one is right from a namespace above the server's as well.
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
  // One of an older version does not tell.
  if (typeof pidNamespace !== "number" || here === null || pidNamespace === here) return;
  throw new RefusalError({
    code: "server_in_other_namespace",
    details: { pid, namespace: pidNamespace },
  });
}

/** Before a pid that was typed here is sent to the server: it has to mean the same process there. */
export async function requireSameNamespace({ server, serverProcess }: Context): Promise<void> {
  requireNamespace(serverProcess, await server.health());
}

/** Starts one unless one runs; says which, where it listens and where it logs. */
export async function startServer(context: Context): Promise<number> {
  const { serverProcess, screen, json } = context;
  const ran = await runningServer(serverProcess.patientClient);
  const started = ran === null ? (await serverProcess.start()).started : false;
  const health = await serverProcess.patientClient.health();
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
