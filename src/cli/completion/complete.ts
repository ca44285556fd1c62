import type { Server } from "../context.ts";
import { verbOf, verbsOfGroup } from "../grammar/find-verb.ts";
import { jobCandidates, verbCandidates, wantedAfter, type Candidate } from "./candidates.ts";

const jobsOffered = 100;

/** Lines for the shell's script, which complete the last of `args`. Does not need a server. */
export async function complete(server: Server, args: readonly string[]): Promise<string[]> {
  const current = args.at(-1) ?? "";
  const before = args.slice(0, -1);
  const below = verbCandidates(before);
  if (before.length === 0) return lines(below, current);
  const isGroup = below.length > 0 && verbsOfGroup(before[0] ?? "").length > 0;
  if (isGroup) return lines(below, current);
  const { verb, rest } = verbOf(args);
  const { definition } = await verb.load();
  const wanted = wantedAfter(definition, rest);
  if ("candidates" in wanted) return lines([...below, ...wanted.candidates], current);
  if (wanted.kind !== "job") return [`:${wanted.kind}`];
  const { jobs } = await server.list({
    limit: jobsOffered,
    ...(definition.actsOn === undefined ? {} : { state: [...definition.actsOn] }),
  });
  return lines([...below, ...jobCandidates(jobs)], current);
}

function lines(candidates: readonly Candidate[], current: string): string[] {
  return candidates
    .filter(({ word }) => word.startsWith(current))
    .map(({ word, about }) => (about === "" ? word : `${word}\t${about}`));
}
