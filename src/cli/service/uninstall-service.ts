import type { Context } from "../context.ts";
import { removeUnit, systemctl, unitName, unitPath } from "./unit-file.ts";
import type { ServiceKind } from "./unit-text.ts";

/** Stops and disables the service and removes its unit. Returns the unit's path. Throws RefusalError. */
export async function uninstallService(context: Context, kind: ServiceKind): Promise<string> {
  const path = unitPath(kind, context.env);
  await systemctl(context, kind, "disable", "--now", unitName);
  removeUnit(path);
  await systemctl(context, kind, "daemon-reload");
  return path;
}
