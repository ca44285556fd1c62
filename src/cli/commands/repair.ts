import type { Context, Run } from "../context.ts";
import { printable } from "../format/printable.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { usageError } from "../grammar/usage-error.ts";
import { rescue } from "../rescue.ts";

export const definition: VerbDefinition = {
  name: "repair",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    {
      long: "--this-copy",
      summary: "Use this copy of a state folder from now on, although its original is still there",
    },
    {
      long: "--namespace-ended",
      value: "NUMBER",
      summary:
        "Declare that this PID namespace has ended; attempts that wait for it are recorded as lost",
    },
    { long: "--yes", summary: "Confirm --namespace-ended" },
  ],
  description: [
    "Makes a database that a server can start with, after the old one was damaged or lost. Restores it from the last backup and the journal where those reach the last acknowledged commit; otherwise from every row that can still be read, the newest backup, and the attempt folders, in this order. The old file is kept. Needs the server to be stopped.",
    "Jobs that were running are found again by the next server as after a crash. The output lists what is lost: the environments of jobs that are known only from folders, jobs that had never started, and rows that are still damaged. A job that was waiting in the backup is held, because it may have run since.",
    "A state folder that is a copy is recognised: no server starts on it, because its records name the jobs of the original. --this-copy makes it a state folder of its own. Its jobs that wait are held, because the original may run them, and it is refused while jobs of the original run.",
    "Jobs of a server in another PID namespace wait until it is known that the namespace has ended. Where that is not visible, as from a container that replaced another one, a person can declare it. The command refuses if a process of the namespace is visible or a keeper in it answers. The receipts record the declaration with its user, and that nothing observed it. If the namespace lives, its jobs continue unnoticed, and a retry runs beside them.",
  ],
  examples: [
    { type: "holdfast repair", does: "when the server refuses with store_damaged" },
    { type: "holdfast repair --this-copy", does: "when it refuses with state_folder_copied" },
  ],
};

export const run: Run = async (context) => {
  const { args, screen, json } = context;
  const namespace = args.value("--namespace-ended");
  if (namespace !== undefined) return declareEnded(context, namespace);
  const which = args.has("--this-copy") ? ["this-copy"] : [];
  const { repaired } = await rescue(context, "repair", ...which);
  if (json) await screen.document(repaired);
  else {
    await screen.say(printable(repaired.what));
    if (repaired.kept !== null)
      await screen.say(`the old one is kept: ${printable(repaired.kept)}`);
    if (repaired.salvaged > 0) await screen.say(`jobs read from it: ${repaired.salvaged}`);
    if (repaired.fromBackup > 0)
      await screen.say(`jobs that only the last backup knew: ${repaired.fromBackup}`);
    if (repaired.rebuilt > 0) await screen.say(`jobs rebuilt from folders: ${repaired.rebuilt}`);
    for (const message of repaired.lost)
      await screen.say(`not known any more: ${printable(message)}`);
    await screen.say("next: holdfast server start");
  }
  return 0;
};

async function declareEnded(context: Context, namespace: string): Promise<number> {
  const { args, screen, json } = context;
  const again = `holdfast repair --namespace-ended ${namespace} --yes`;
  if (!/^\d{1,12}$/.test(namespace))
    throw usageError(`${namespace} is not the number of a PID namespace`, "holdfast server status");
  if (!args.has("--yes"))
    throw usageError(
      `--yes confirms that PID namespace ${namespace} has ended: its jobs are recorded as lost, and what still runs there continues unnoticed`,
      again,
    );
  const { declared } = await rescue(context, "namespace-ended", namespace);
  if (json) await screen.document(declared);
  else
    await screen.say(
      `PID namespace ${namespace} is declared to have ended; jobs: ${declared.jobs.join(", ")}; holdfast server start records them as lost`,
    );
  return 0;
}
