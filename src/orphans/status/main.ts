import { readFileSync } from "node:fs";
import { withoutSecrets } from "./secrets.ts";
import type { Answer, Question } from "./question.ts";

/**
 * Reads the status of jobs in another system's database. A program of its own: a database on a file
 * system that hangs, or a slow one, must not hold up the server. A question on standard input, its
 * answer on standard output.
 */
async function answer(question: Question): Promise<Answer> {
  const { database } = question;
  try {
    if (database.kind === "sqlite") {
      const { readSqlite } = await import("./read-sqlite.ts");
      return { rows: readSqlite(database.path, question) };
    }
    const { readPostgres } = await import("./read-postgres.ts");
    return { rows: await readPostgres(database.url, question) };
  } catch (error) {
    const text = messageOf(error);
    const url = database.kind === "postgres" ? database.url : null;
    return { problem: withoutSecrets(text, url) };
  }
}

/** Of a host with two addresses the error itself says nothing. */
function messageOf(error: unknown): string {
  const all = error instanceof AggregateError ? error.errors : [error];
  const texts = all.map((one: unknown) => (one instanceof Error ? one.message : String(one)));
  return texts.join("; ").split("\n")[0] || "no reason was given";
}

const question = JSON.parse(readFileSync(0, "utf8")) as Question;
process.stdout.write(JSON.stringify(await answer(question)));
