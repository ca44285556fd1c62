import { resolve } from "node:path";
import type { Receipt } from "../../client/client.ts";
import type { Job } from "../../contract/job.ts";
import type { Context, Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";
import { saveLogs } from "../logs/save-logs.ts";

const pageSize = 200;
const terminal = ["succeeded", "failed", "cancelled", "timed_out", "lost"] as const;

export const definition: VerbDefinition = {
  name: "export",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [
    {
      long: "--logs",
      value: "FOLDER",
      summary: "Copy the jobs' output to this folder, one folder for each attempt",
      completes: "folder",
    },
  ],
  description: [
    "Writes every ended job with the receipts of its attempts to stdout, one JSON document a line, newest first. It does not contain the values of environments. With --logs it copies the output to FOLDER/ATTEMPT/output.log, or stdout.log and stderr.log, where ATTEMPT is the id in the document. holdfast import reads both, here or on another machine.",
  ],
  examples: [
    { type: "holdfast export > history.ndjson", does: "make a copy before an update" },
    { type: "holdfast export --logs logs > history.ndjson", does: "the same with all output" },
  ],
};

export const run: Run = async (context) => {
  const { server, screen, args, cwd } = context;
  const folder = args.value("--logs");
  const logs = folder === undefined ? null : resolve(cwd, folder);
  for (let cursor: string | undefined; ;) {
    const page = await server.list({
      limit: pageSize,
      state: [...terminal],
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const job of page.jobs) {
      const earlier = await earlierAttempts(context, job);
      if (logs !== null) {
        for (const { attempt } of earlier) await saveLogs(context, job, attempt, logs);
        if (job.attempt !== null) await saveLogs(context, job, job.attempt, logs);
      }
      const receipt = await server.receipt(job.id);
      await screen.document({ holdfast: 1, job, receipt, earlier });
    }
    if (page.nextCursor === null) return 0;
    cursor = page.nextCursor;
  }
};

/** Those that executed something. Most jobs have one attempt, and are not asked for more. */
async function earlierAttempts({ server }: Context, { id, attempt: last }: Job) {
  if (last === null || last.number === 1) return [];
  const found: {
    attempt: Awaited<ReturnType<typeof server.attempts>>[number];
    receipt: Receipt;
  }[] = [];
  for (const attempt of await server.attempts(id))
    if (attempt.state !== null && attempt.id !== last.id)
      found.push({ attempt, receipt: await server.receipt(id, attempt.number) });
  return found;
}
