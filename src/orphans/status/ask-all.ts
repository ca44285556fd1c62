import type { Clock } from "../../system/clock.ts";
import type { JobStatus } from "../classify.ts";
import { matchOf, type Match } from "../match.ts";
import { asksStatus, type Rule } from "../rule.ts";
import { isFinished, type Scene } from "../scene.ts";
import { askDatabase, type DatabaseAnswer } from "./ask-database.ts";
import { askStatus } from "./status-command.ts";

const atOnce = 4;
// A client waits 30 s for its answer, and another query may already be running.
const timeoutMs = 15_000;

/** The answers of all status sources. */
export interface Answers {
  statusOf: (match: Match) => JobStatus;
  /** By rule: the ids that processes name now. */
  asked: ReadonlyMap<string, readonly string[]>;
  /** By rule: why it could not be queried. */
  problems: ReadonlyMap<string, string>;
  /** The rules that were queried, for jobs or only to see whether they answer. */
  tried: ReadonlySet<string>;
}

export interface Asking {
  clock: Clock;
  scene: Scene;
  rules: readonly Rule[];
  /** The user whose processes count; null: every user. */
  uid: number | null;
  askDatabase?: typeof askDatabase;
  /** Also queries databases whose jobs no process names, to see whether they can be read. */
  every?: boolean;
}

/**
 * Queries each job named by processes that match a rule with a status command or a database, once.
 * Jobs not queried within the time limit are `unknown`.
 */
export async function askAll(asking: Asking): Promise<Answers> {
  const { clock, rules, every = false } = asking;
  const ids = idsByRule(asking);
  const answers = new Map<string, JobStatus>();
  const problems = new Map<string, string>();
  const tried = new Set<string>();
  const note = ({ name }: Rule, problem: string | null) => {
    tried.add(name);
    if (problem !== null) problems.set(name, problem);
  };
  const ofDatabases = rules.map(async (rule) => {
    const wanted = ids.get(rule.name) ?? [];
    if (rule.database === undefined || (wanted.length === 0 && !every)) return;
    const found = await (asking.askDatabase ?? askDatabase)(rule.database, wanted);
    noteStatuses(answers, rule, found);
    note(rule, found.problem);
  });
  const commands = rules.flatMap((rule) => {
    const { status } = rule;
    if (status === undefined) return [];
    return (ids.get(rule.name) ?? []).map((id) => ({ rule, status, id }));
  });
  const open = commands.values();
  const giveUpAt = clock.monotonicMs() + timeoutMs;
  const ask = async () => {
    for (const { rule, status, id } of open) {
      if (clock.monotonicMs() >= giveUpAt)
        return note(rule, "not every job could be queried in time");
      let problem: string | null = null;
      answers.set(
        keyOf(rule, id),
        await askStatus(status, id, (text) => {
          problem = text;
        }),
      );
      note(rule, problem);
    }
  };
  await Promise.all([...ofDatabases, ...Array.from({ length: atOnce }, ask)]);
  return {
    statusOf: ({ rule, groups }) => answers.get(keyOf(rule, groups["id"] ?? "")) ?? "unknown",
    asked: ids,
    problems,
    tried,
  };
}

function noteStatuses(
  answers: Map<string, JobStatus>,
  rule: Rule,
  { statuses }: DatabaseAnswer,
): void {
  for (const [id, status] of statuses) answers.set(keyOf(rule, id), status);
}

/** The distinct ids that processes name, by rule. */
function idsByRule({ scene, rules, uid }: Asking): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  if (!rules.some(asksStatus)) return new Map();
  for (const process of scene.processes.values()) {
    if (isFinished(process) || (uid !== null && process.uid !== uid)) continue;
    const match = matchOf(process, rules);
    const id = match?.groups["id"];
    // Without an id a status command might answer about every job.
    if (match === null || id === undefined || id === "" || !asksStatus(match.rule)) continue;
    const known = found.get(match.rule.name) ?? new Set();
    found.set(match.rule.name, known.add(id));
  }
  return new Map([...found].map(([name, ids]) => [name, [...ids]]));
}

function keyOf({ name }: Rule, id: string): string {
  return `${name} ${id}`;
}
