import type { Job } from "../../contract/job.ts";
import { accept, refuse, type Result } from "../../contract/problems.ts";
import type { JobSpec } from "../../job/spec.ts";
import { isTerminal } from "../../job/states.ts";
import { insert, type InsertParts } from "./submit.ts";

/** A new job with the specification and environment of an ended one, whose own record stays as it is. */
export async function retry(
  context: InsertParts,
  id: number,
  given: JobSpec["env"] = {},
): Promise<Result<Job>> {
  const { store } = context;
  const job = store.jobs.get(id);
  if (job === null) return refuse("no_such_job", { selector: id });
  if (!isTerminal(job.state)) return refuse("not_ended", { id, state: job.state });
  const { envNames, ...spec } = job.spec;
  if (spec.adopt !== undefined) {
    const { pid } = spec.adopt;
    return refuse("not_adoptable", { pid, what: `job ${id} adopted it and cannot run it again` });
  }
  const kept = store.jobs.environmentOf(id);
  const env = kept === null ? null : { ...kept, ...given };
  if (env === null || job.damaged.includes("spec"))
    return refuse("record_damaged", {
      what: `job ${id}: ${env === null ? "its environment" : "its specification"}`,
      next: "Submit the job again, or restore its record with holdfast repair",
    });
  const missing = envNames.filter((name) => !Object.hasOwn(env, name));
  if (missing.length > 0)
    return refuse("secrets_removed", {
      id,
      names: missing.join(", "),
      options: missing.map((name) => `-e ${name}`).join(" "),
    });
  const inserted = await insert(context, { ...spec, held: false, env }, null, "", id);
  return inserted.ok ? accept(inserted.value.job) : inserted;
}
