import type { Context, Run } from "../context.ts";
import { commandLine } from "../format/command-line.ts";
import { printable } from "../format/printable.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { rescue } from "../rescue.ts";
import { ownService } from "../service/own-service.ts";
import { systemctl, unitName } from "../service/unit-file.ts";
import { startServer, stopServer } from "../server-control.ts";

export const definition: VerbDefinition = {
  name: "server restart",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    { long: "--check", summary: "Only show which running jobs the next server would follow" },
  ],
  description: [
    "Stops the server if one runs, and starts it. systemd restarts a server that it runs. Running jobs continue.",
    "With --check nothing is stopped or started: each attempt that has not ended is checked. If the next server would not follow one, the command names it with the reason and exits with 1.",
  ],
  examples: [
    { type: "holdfast server restart --check", does: "before an update" },
    { type: "holdfast server restart", does: "after a change of config.toml" },
  ],
};

export const run: Run = async (context) => {
  if (context.args.has("--check")) return await check(context);
  const service = await ownService(context);
  if (service?.state === "active") await systemctl(context, service.kind, "restart", unitName);
  else {
    // Before the other one is stopped: afterwards there would be none.
    await context.serverProcess.mayStart();
    await rescue(context, "check-config");
    await stopServer(context);
  }
  return await startServer(context);
};

async function check(context: Context): Promise<number> {
  const { screen, json } = context;
  const { attempts } = await rescue(context, "adoptable");
  if (json) for (const attempt of attempts) await screen.document(attempt);
  else if (attempts.length === 0) await screen.say("nothing runs");
  else
    await screen.lines(
      attempts.map(
        ({ job, attempt, command, adopted, why }) =>
          `${job === null ? attempt : `job ${job}`} ${commandLine(command)}: ${adopted ? "continues" : "NOT followed"}; ${printable(why)}`,
      ),
    );
  return attempts.every(({ adopted }) => adopted) ? 0 : 1;
}
