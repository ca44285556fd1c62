import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

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
