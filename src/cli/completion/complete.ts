import type { Server } from "../context.ts";
import { verbOf } from "../grammar/verbs.ts";
import { jobCandidates, verbCandidates, wantedAfter, type Candidate } from "./candidates.ts";

const jobsOffered = 100;

/** Lines for the shell's script: the last of `words` is to be completed. A server is not needed. */
export async function complete(server: Server, words: readonly string[]): Promise<string[]> {
  const current = words.at(-1) ?? "";
  const verbs = verbCandidates(words.slice(0, -1));
  if (words.length <= 1 || verbs.length > 0) return lines(verbs, current);
  const { verb, rest } = verbOf(words);
  const { definition } = await verb.load();
  const wanted = wantedAfter(definition, rest);
  if ("words" in wanted) return lines(wanted.words, current);
  if (wanted.kind !== "job") return [`:${wanted.kind}`];
  const { jobs } = await server.list({ limit: jobsOffered });
  return lines(jobCandidates(jobs), current);
}

function lines(candidates: readonly Candidate[], current: string): string[] {
  return candidates
    .filter(({ word }) => word.startsWith(current))
    .map(({ word, about }) => (about === "" ? word : `${word}\t${about}`));
}
