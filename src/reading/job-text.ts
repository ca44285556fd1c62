import type { Job } from "../contract/job.ts";

/** Longer ones are rare, and would be kept twice. */
const longestKept = 8192;
/** Of specifications that cannot change: they are most of a job's text. */
const texts = new WeakMap<Job["spec"], string>();

/** A job as JSON. */
export function jobText(job: Job): string {
  const { id, state, reason, message, spec, ...rest } = job;
  const before = JSON.stringify({ id, state, reason, message });
  const after = JSON.stringify(rest);
  return `${before.slice(0, -1)},"spec":${specText(spec)},${after.slice(1)}`;
}

function specText(spec: Job["spec"]): string {
  const known = texts.get(spec);
  if (known !== undefined) return known;
  const text = JSON.stringify(spec);
  // The store freezes what it has verified and returns again (CheckedRows), with all that is in it.
  if (Object.isFrozen(spec) && text.length <= longestKept) texts.set(spec, text);
  return text;
}
