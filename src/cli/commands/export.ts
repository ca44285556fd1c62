import type { Run } from "../context.ts";
import type { VerbDefinition } from "../grammar/definition.ts";

const pageSize = 200;
const terminal = ["succeeded", "failed", "cancelled", "timed_out", "lost"] as const;

export const definition: VerbDefinition = {
  name: "export",
  usage: ["[OPTIONS]"],
  operands: [],
  options: [],
  description: [
    "Writes every ended job with its receipt to stdout, one JSON document a line, newest first. Output and the values of environments are not in it. holdfast import takes it in again, here or elsewhere.",
  ],
  examples: [{ type: "holdfast export > history.ndjson", does: "a copy before an update" }],
};

export const run: Run = async ({ server, screen }) => {
  for (let cursor: string | undefined; ;) {
    const page = await server.list({
      limit: pageSize,
      state: [...terminal],
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const job of page.jobs)
      await screen.document({ holdfast: 1, job, receipt: await server.receipt(job.id) });
    if (page.nextCursor === null) return 0;
    cursor = page.nextCursor;
  }
};
