import type { JobProcesses } from "../../contract/job-process.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import { isTerminal } from "../../job/states.ts";
import type { JobRow } from "../../store/rows.ts";
import type { Context } from "../context.ts";

/** The live processes of a job; none when it does not run. */
export async function processesOf(
  { store, engines }: Pick<Context, "store" | "engines">,
  { id, attempt: last, state }: JobRow,
): Promise<Result<JobProcesses>> {
  const attempt = last === null || isTerminal(state) ? null : store.attempts.get(last);
  if (attempt === null) return accept({ jobId: id, processes: [] });
  const { machine, name, host } = engines.of(attempt);
  if (machine === null) return refuse("runs_elsewhere", { id, engine: name, host });
  if ((await machine.namespaces.sightOf(attempt)) === "elsewhere")
    return refuse("other_namespace", { id, namespace: attempt.namespace?.inode ?? "unknown" });
  return accept({ jobId: id, processes: await machine.processes.list(attempt) });
}
