import { dirname } from "node:path";
import type { Uninstallation } from "../../contract/rescue.ts";
import { shellWord } from "../../contract/shell-word.ts";
import { formatSize } from "../../contract/units.ts";
import type { Context, Run } from "../context.ts";
import { facts } from "../format/page.ts";
import { printable } from "../format/printable.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { rescue } from "../rescue.ts";
import { stopServer } from "../server-control.ts";
import { ownService } from "../service/own-service.ts";
import { uninstallService } from "../service/uninstall-service.ts";

export const definition: VerbDefinition = {
  name: "uninstall",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    { long: "--purge", summary: "Remove it. Without this option the command only lists" },
    { long: "--yes", summary: "With --purge: do not ask" },
  ],
  description: [
    "Lists what Holdfast has left on this machine for this state folder: jobs with their output and records, sockets, the configuration, rules, a service and links to the command, with their sizes.",
    "--purge stops the service and the server and removes all of it. It is refused while a process of a job lives, and it removes only files of Holdfast from the state folder. Jobs that wait in the queue are lost; on a terminal it reports how many and asks first.",
    "The clone is not removed: the last line shows how to remove it.",
  ],
  examples: [
    { type: "holdfast uninstall", does: "see what there is" },
    { type: "holdfast uninstall --purge", does: "remove it" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, json, host } = context;
  const { uninstalled: found } = await rescue(context, "uninstall", "list", host.launcher);
  const service = await ownService(context);
  const purges = args.has("--purge");
  if (!json) await list(context, found, service?.kind ?? null);
  else if (!purges) await screen.document({ ...found, service: service?.kind ?? null });
  if (!purges) {
    if (!json) await screen.say("holdfast uninstall --purge removes it");
    return 0;
  }
  if (!args.has("--yes") && found.living.length === 0 && !(await isConfirmed(context, found)))
    return 1;
  // Refuses while anything of a job lives; the service is still there then.
  if (found.living.length === 0) {
    if (service !== null) await uninstallService(context, service.kind);
    await stopServer(context);
  }
  const { uninstalled } = await rescue(context, "uninstall", "purge", host.launcher);
  if (json) await screen.document({ ...uninstalled, service: service?.kind ?? null });
  else {
    await screen.say("removed");
    for (const path of uninstalled.left)
      await screen.say(`not Holdfast's, and left: ${printable(path)}`);
    await screen.say(
      `the clone is still there; rm -r ${shellWord(dirname(host.launcher))} removes it`,
    );
  }
  return 0;
};

async function list(
  { screen }: Context,
  { traces, living, waiting }: Uninstallation,
  service: string | null,
): Promise<void> {
  const rows = traces.map(
    ({ path, what, bytes }) => [path, `${formatSize(bytes)}  ${what}`] as const,
  );
  const unit = service === null ? [] : [["service", `of the ${service}'s systemd`] as const];
  await screen.page([facts([...rows, ...unit])]);
  if (rows.length + unit.length === 0) await screen.say("there is nothing of Holdfast's here");
  if (living.length > 0) await screen.say(`jobs of which something lives: ${living.length}`);
  if (waiting !== null && waiting > 0) await screen.say(`jobs that wait in the queue: ${waiting}`);
}

async function isConfirmed(
  { screen, keyboard }: Context,
  { waiting }: Uninstallation,
): Promise<boolean> {
  if (!keyboard.present || !screen.live)
    throw usageError(
      "uninstall --purge asks first, and there is no terminal",
      "holdfast uninstall, and then holdfast uninstall --purge --yes",
    );
  const lost = waiting === null || waiting === 0 ? "" : ` ${waiting} waiting jobs are lost.`;
  await screen.status(`Remove all of it?${lost} Type yes: `);
  const typed = await keyboard.line();
  await screen.status(null);
  return typed?.trim() === "yes";
}
