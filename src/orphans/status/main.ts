import { readFileSync } from "node:fs";
import { withoutSecrets } from "./secrets.ts";
import type { Answer, Question } from "./question.ts";

/**
 * Reads the status of jobs in another system's database. A separate program, so that a slow
 * database or a hanging file system does not block the server. Reads a question from standard input
 * and writes the answer to standard output.
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

/** For a host with two addresses the error itself has no message. */
function messageOf(error: unknown): string {
  const all = error instanceof AggregateError ? error.errors : [error];
  const texts = all.map((one: unknown) => (one instanceof Error ? one.message : String(one)));
  return texts.join("; ").split("\n")[0] || "no reason given";
}

async function main(): Promise<void> {
  const question = JSON.parse(readFileSync(0, "utf8")) as Question;
  process.stdout.write(JSON.stringify(await answer(question)));
}

void main();
