import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { runToEnd } from "../system/child.ts";

const stateTimeoutMs = 3000;

/** The instance of systemd that may be asked for a unit: the machine's for root, the user's own for others. */
export interface Manager {
  kind: "system" | "user";
  /** What its tools must find in their environment. */
  env: NodeJS.ProcessEnv;
}

/** Absolute paths and the user, replaceable in tests. */
export interface Surroundings {
  uid: number;
  userName: () => string;
  runtimeDir: string | undefined;
  exists: (path: string) => boolean;
}

const here = (): Surroundings => ({
  uid: process.getuid?.() ?? 0,
  userName: () => userInfo().username,
  runtimeDir: process.env["XDG_RUNTIME_DIR"],
  exists: existsSync,
});

/** Whether systemd is the machine's init, as sd_booted(3) asks. */
export function isBootedBySystemd({ exists } = here()): boolean {
  return exists("/run/systemd/system");
}

/**
 * Whether systemd is stopping everything: the machine, or all of this user. False if there is no
 * systemd, or it does not answer.
 */
export async function isGoingDown(
  surroundings = here(),
  ask: (manager: Manager) => Promise<string> = stateOf,
): Promise<boolean> {
  if (!isBootedBySystemd(surroundings)) return false;
  const own = findManager(surroundings);
  const system: Manager = { kind: "system", env: {} };
  const managers = "not" in own || own.kind === "system" ? [system] : [system, own];
  const states = await Promise.all(managers.map((manager) => ask(manager)));
  return states.includes("stopping");
}

/** One word, such as `running`, `degraded` or `stopping`; empty if it does not answer. */
async function stateOf({ kind, env }: Manager): Promise<string> {
  try {
    const { stdout } = await runToEnd("systemctl", [`--${kind}`, "is-system-running"], {
      timeoutMs: stateTimeoutMs,
      env: { ...process.env, ...env },
    });
    return stdout.trim();
  } catch {
    return "";
  }
}

/**
 * Without a login there is no XDG_RUNTIME_DIR (a system service with User=, cron, su); the user's
 * manager is where it always is, if it runs.
 */
export function findManager(surroundings = here()): Manager | { not: string } {
  const { uid, userName, exists } = surroundings;
  if (uid === 0) return { kind: "system", env: {} };
  const runtimeDir = surroundings.runtimeDir ?? `/run/user/${uid}`;
  if (exists(join(runtimeDir, "systemd/private")))
    return { kind: "user", env: { XDG_RUNTIME_DIR: runtimeDir } };
  const name = userName();
  return {
    not: `no systemd manager runs for the user ${name}: sudo loginctl enable-linger ${name} starts it now and at every boot, then holdfast server restart`,
  };
}
