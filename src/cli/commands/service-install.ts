import { RefusalError } from "../../contract/problems.ts";
import type { Context, Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { hasLinger, lingerAdvice } from "../service/linger.ts";
import {
  kindWanted,
  readUnit,
  removeUnit,
  systemctl,
  unitName,
  unitPath,
  writeUnit,
} from "../service/unit-file.ts";
import { unitText, type Service } from "../service/unit-text.ts";

export const definition: VerbDefinition = {
  name: "service install",
  usage: ["[--user]", "--system [--run-as USER]"],
  operands: [],
  options: [
    { long: "--user", summary: "A service of your own systemd (the default)" },
    { long: "--system", summary: "A service of the machine (requires root)" },
    {
      long: "--run-as",
      value: "USER",
      summary: "With --system: user whose jobs it runs. Default: the user that called sudo",
    },
    { long: "--print", summary: "Write the unit to stdout and install nothing" },
  ],
  description: [
    "Writes a systemd unit that starts the server of this clone, and prints the next commands to type. Nothing is started or enabled.",
    "systemctl restart and systemctl stop keep jobs running. Without a server they continue, with their time limits, until one is started.",
  ],
  examples: [
    { type: "holdfast service install", does: "then type the commands that it prints" },
    { type: "sudo holdfast service install --system", does: "for the machine" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, json, env } = context;
  const kind = kindWanted(context);
  const service = await serviceFor(context);
  const text = unitText(service);
  if (args.has("--print")) {
    await screen.data(text);
    return 0;
  }
  const path = unitPath(kind, env);
  const before = readUnit(path);
  writeUnit(path, text);
  try {
    await systemctl(context, kind, "daemon-reload");
  } catch (error) {
    // A unit that no systemd has read is not installed, and could not be uninstalled.
    if (before === null) removeUnit(path);
    else writeUnit(path, before);
    throw error;
  }
  const next = await nextSteps(context, service);
  if (json) await screen.document({ kind, path, next });
  else {
    await screen.say(`wrote ${path}`);
    await screen.say("next:");
    for (const step of next) await screen.say(`  ${step}`);
  }
  return 0;
};

async function serviceFor(context: Context): Promise<Service> {
  const { args, env, host } = context;
  const kind = kindWanted(context);
  if (args.has("--system") && args.has("--user"))
    throw usageError("--user and --system exclude each other", "holdfast service install --system");
  const asked = args.value("--run-as");
  if (kind === "user" && asked !== undefined)
    throw usageError("--run-as goes with --system", "holdfast service install --system --run-as …");
  const service = { kind, launcher: host.launcher, runAs: null, env: placesIn(env) };
  if (kind === "user") return service;
  const name = asked ?? env["SUDO_USER"] ?? host.userName();
  const { code, stdout } = await host.run("id", ["-u", "--", name]);
  if (code !== 0) throw usageError(`There is no user ${name}`, "--run-as takes a user's name");
  const uid = Number(stdout);
  return { ...service, runAs: uid === 0 ? null : { name, uid } };
}

/** The folders of Holdfast, if they are not the default ones. */
function placesIn(env: NodeJS.ProcessEnv): Record<string, string> {
  const names = ["HOLDFAST_STATE_DIR", "HOLDFAST_RUNTIME_DIR", "HOLDFAST_CONFIG"];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

async function nextSteps(context: Context, { kind, runAs }: Service): Promise<string[]> {
  const { host, serverProcess } = context;
  const steps: string[] = [];
  const name = kind === "user" ? host.userName() : (runAs?.name ?? null);
  if (name !== null && !hasLinger(name)) steps.push(lingerAdvice(name));
  if (await answers(serverProcess))
    steps.push("holdfast server stop   # stop the running server; jobs continue");
  steps.push(`systemctl --${kind} enable --now ${unitName}`, "holdfast service status");
  return steps;
}

async function answers({ client }: Context["serverProcess"]): Promise<boolean> {
  try {
    await client.health();
    return true;
  } catch (error) {
    if (error instanceof RefusalError) return false;
    throw error;
  }
}
