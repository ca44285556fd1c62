import type { StatusSource } from "../../contract/status-source.ts";
import type { Rule } from "../rule.ts";
import type { Answers } from "./ask-all.ts";
import { describeDatabase } from "./ask-database.ts";

/** A status source and how it answers now. */
export function sourceOf(rule: Rule, answers: Answers): StatusSource {
  const { name, from, database, status } = rule;
  const ids = answers.asked.get(name) ?? [];
  const count = (wanted: string) =>
    ids.filter((id) => answers.statusOf({ rule, groups: { id } }) === wanted).length;
  return {
    name,
    kind:
      database === undefined ? "command" : database.sqlite === undefined ? "postgres" : "sqlite",
    place:
      database === undefined
        ? (status?.command.join(" ") ?? "")
        : describeDatabase(database, process.env),
    from,
    // A command is not run without a job to query.
    works: answers.tried.has(name) ? !answers.problems.has(name) : null,
    problem: answers.problems.get(name) ?? null,
    jobs: {
      named: ids.length,
      running: count("running"),
      ended: count("ended"),
      unknown: count("unknown"),
    },
  };
}

/**
 * Sources that did not answer: the status of their jobs is unknown, so no process is suspected
 * because of them.
 */
export function unansweredMessage({ problems, asked }: Answers): string[] {
  return [...problems].map(([name, problem]) => {
    const count = asked.get(name)?.length ?? 0;
    return `the status of ${count} ${count === 1 ? "job" : "jobs"} of ${name} (${problem}); holdfast orphans status`;
  });
}
