import type { Context } from "../context.ts";
import { readUnit, unitName, unitPath } from "./unit-file.ts";
import type { ServiceKind } from "./unit-text.ts";

/** An installed service of the server that this command talks to, with its state from systemd. */
export interface OwnService {
  kind: ServiceKind;
  /** `active`, `inactive`, `failed`, `activating` … */
  state: string;
}

type Here = Pick<Context, "env" | "host">;

/** Null if none is installed, its server is another one, or no systemd answers. */
export async function ownService(here: Here): Promise<OwnService | null> {
  for (const kind of ["user", "system"] as const) {
    const unit = readUnit(unitPath(kind, here.env));
    if (unit === null || !isOwn(unit, kind, here)) continue;
    const state = await stateOf(here, kind);
    if (state !== null) return { kind, state };
  }
  return null;
}

/** Whether a unit starts a server for this user and this state folder. */
export function isOwn(unit: string, kind: ServiceKind, { env, host }: Here): boolean {
  const runAs = kind === "user" ? host.userName() : (/^User=(.*)$/m.exec(unit)?.[1] ?? "root");
  return runAs === host.userName() && stateFolderIn(unit) === (env["HOLDFAST_STATE_DIR"] || null);
}

/** As `unit-text.ts` writes it; null: the default folder. */
function stateFolderIn(unit: string): string | null {
  const quoted = /^Environment="HOLDFAST_STATE_DIR=(.*)"$/m.exec(unit)?.[1];
  if (quoted === undefined) return null;
  return quoted
    .replaceAll("%%", "%")
    .replaceAll(/\\(["\\n])/g, (_, of) => (of === "n" ? "\n" : of));
}

/** A shared home has the unit on several machines; it counts only where systemd has read it. */
async function stateOf({ host }: Here, kind: ServiceKind): Promise<string | null> {
  try {
    const shown = ["show", unitName, "-p", "LoadState,ActiveState"];
    const { code, stdout } = await host.run("systemctl", [`--${kind}`, ...shown]);
    if (code !== 0 || !stdout.includes("LoadState=loaded")) return null;
    return /^ActiveState=(.*)$/m.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
