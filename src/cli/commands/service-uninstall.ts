import { RefusalError } from "../../contract/problems.ts";
import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { kindWanted, readUnit, unitPath } from "../service/unit-file.ts";
import { uninstallService } from "../service/uninstall-service.ts";

export const definition: VerbDefinition = {
  name: "service uninstall",
  usage: ["[--user|--system]"],
  operands: [],
  options: [
    { long: "--user", summary: "The service of your own systemd (the default)" },
    { long: "--system", summary: "The service of the machine (requires root)" },
  ],
  description: [
    "Stops the service, disables it and removes its unit. Running jobs continue. holdfast server start, or any command that needs a server, starts one again.",
  ],
  examples: [{ type: "holdfast service uninstall", does: "start the server on first use again" }],
};

export const run: Run = async (context) => {
  const { screen, json, env } = context;
  const kind = kindWanted(context);
  const path = unitPath(kind, env);
  if (readUnit(path) === null)
    throw new RefusalError({ code: "service_not_installed", details: { path, kind } });
  await uninstallService(context, kind);
  if (json) await screen.document({ kind, path });
  else await screen.say(`removed ${path}; running jobs continue`);
  return 0;
};
