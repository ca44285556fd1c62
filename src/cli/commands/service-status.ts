import { RefusalError } from "../../contract/problems.ts";
import type { Context, Run } from "../context.ts";
import { facts } from "../format/page.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { hasLinger, lingerAdvice } from "../service/linger.ts";
import { kindWanted, readUnit, systemctl, unitName, unitPath } from "../service/unit-file.ts";

const notRunning = 69;

export const definition: VerbDefinition = {
  name: "service status",
  usage: ["[--user|--system]"],
  operands: [],
  options: [
    { long: "--user", summary: "The service of your own systemd (the default)" },
    { long: "--system", summary: "The service of the machine" },
  ],
  description: [
    "Shows whether the service is installed, enabled and running, and whether it starts this clone. Exits with 69 when it is not running.",
  ],
  examples: [{ type: "holdfast service status --json", does: "for a monitor" }],
};

export const run: Run = async (context) => {
  const { screen, json, env, host } = context;
  const kind = kindWanted(context);
  const path = unitPath(kind, env);
  const unit = readUnit(path);
  if (unit === null)
    throw new RefusalError({ code: "service_not_installed", details: { path, kind } });
  const state = await properties(context);
  const user = kind === "user" ? host.userName() : (/^User=(.*)$/m.exec(unit)?.[1] ?? null);
  const status = {
    kind,
    path,
    enabled: state["UnitFileState"] === "enabled",
    active: state["ActiveState"] === "active",
    pid: Number(state["MainPID"] ?? 0) || null,
    restarts: Number(state["NRestarts"] ?? 0),
    thisClone: unit.includes(`"${host.launcher}"`),
    linger: user === null ? null : hasLinger(user),
  };
  if (json) await screen.document(status);
  else {
    await screen.page([
      facts([
        ["unit", path],
        ["service", `${state["ActiveState"] ?? "unknown"} (${state["SubState"] ?? "unknown"})`],
        ["at boot", status.enabled ? "started" : `not: systemctl --${kind} enable ${unitName}`],
        ["pid", status.pid === null ? null : String(status.pid)],
        ["restarts", status.restarts === 0 ? null : `${status.restarts} after a failure`],
        ["starts", status.thisClone ? host.launcher : "another clone: see ExecStart in the unit"],
        ["logout", status.linger === false && user !== null ? lingerAdvice(user) : null],
      ]),
    ]);
  }
  return status.active ? 0 : notRunning;
};

async function properties(context: Context): Promise<Partial<Record<string, string>>> {
  const wanted = "ActiveState,SubState,UnitFileState,MainPID,NRestarts";
  const text = await systemctl(context, kindWanted(context), "show", unitName, "-p", wanted);
  return Object.fromEntries(
    text.split("\n").map((line) => {
      const at = line.indexOf("=");
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
