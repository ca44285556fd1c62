import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { makeFolders } from "../../client/local-server.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";
import type { ServiceKind } from "./unit-text.ts";

export const unitName = "holdfast.service";

export function unitPath(kind: ServiceKind, env: NodeJS.ProcessEnv): string {
  if (kind === "system") return join("/etc/systemd/system", unitName);
  const config = env["XDG_CONFIG_HOME"];
  const base = config?.startsWith("/") === true ? config : join(env["HOME"] ?? "/", ".config");
  return join(base, "systemd/user", unitName);
}

/** Null where there is none. */
export function readUnit(path: string): string | null {
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

/** Written to a temporary file and renamed: systemd never reads an incomplete unit, not even after a power cut. Throws RefusalError. */
export function writeUnit(path: string, text: string): void {
  const temporary = `${path}.new`;
  try {
    makeFolders(dirname(path));
    const descriptor = openSync(temporary, "w", 0o644);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    flushFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw notAllowed(error);
  }
}

function flushFolder(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Throws RefusalError. */
export function removeUnit(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw notAllowed(error);
  }
}

function notAllowed(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return new RefusalError({
      code: "forbidden",
      details: { what: `${message}; a system service is set up with sudo` },
    });
  return new RefusalError({ code: "service_failed", details: { what: message } });
}

/** Runs `systemctl` for that kind. Returns its output; throws RefusalError with its message if it fails. */
export async function systemctl(
  { host }: Context,
  kind: ServiceKind,
  ...args: readonly string[]
): Promise<string> {
  let ended;
  try {
    ended = await host.run("systemctl", [`--${kind}`, ...args]);
  } catch (error) {
    const what = `systemctl cannot be started (${(error as Error).message}): is this machine run by systemd?`;
    throw new RefusalError({ code: "service_failed", details: { what } }, { cause: error });
  }
  const { code, stdout, stderr } = ended;
  if (code === 0) return stdout.trim();
  const complaint = stderr.trim().split("\n").at(-1) ?? "";
  const what = `systemctl --${kind} ${args.join(" ")}: ${complaint || `exit status ${code}`}${adviceFor(kind, complaint)}`;
  throw new RefusalError({ code: "service_failed", details: { what } });
}

/** If `systemctl` gets no answer: no systemd runs, or that of this user cannot be reached from here. */
function adviceFor(kind: ServiceKind, complaint: string): string {
  if (!/connect to (system scope |user scope )?bus|not been booted with systemd/i.test(complaint))
    return "";
  const without = "without systemd, holdfast server start is all there is to do";
  return kind === "system"
    ? `. ${without}`
    : `. In a shell from su or sudo: export XDG_RUNTIME_DIR=/run/user/$(id -u); ${without}`;
}

/** `--system` or `--user`, which is the default. */
export function kindWanted({ args }: Context): ServiceKind {
  return args.has("--system") ? "system" : "user";
}
