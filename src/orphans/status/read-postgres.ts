import { Client, type QueryResult } from "pg";
import { quoted, type Question, type Row } from "./question.ts";

/** Error codes if the ids do not have the form of the id column's type. */
const wrongForm = new Set(["22P02", "22003", "22007", "42883"]);

/**
 * Reads in a read-only transaction with a time limit. Both are set inside the transaction, because
 * a connection pooler refuses them as connection options. Throws if the table cannot be read.
 */
export async function readPostgres(url: string, question: Question): Promise<Row[]> {
  const client = new Client({
    connectionString: url,
    application_name: "holdfast",
    connectionTimeoutMillis: question.timeoutMs,
    // The server's own limit fires first and has a better message.
    query_timeout: question.timeoutMs + 1000,
  });
  // A broken connection also fails the query.
  client.on("error", () => undefined);
  await client.connect();
  try {
    try {
      return await ask(client, question, "typed");
    } catch (error) {
      if (!wrongForm.has((error as { code?: string }).code ?? "")) throw error;
      // One id of the wrong form must not hide the others. Used only then, because it uses no
      // index.
      await client.query("ROLLBACK");
      return await ask(client, question, "as text");
    }
  } finally {
    // The server ends an open transaction when its connection closes.
    await client.end().catch(() => undefined);
  }
}

async function ask(
  client: Client,
  { table, idColumn, statusColumn, ids, timeoutMs }: Question,
  how: "typed" | "as text",
): Promise<Row[]> {
  const limit = Math.round(timeoutMs);
  await client.query("BEGIN TRANSACTION READ ONLY");
  await client.query(`SET LOCAL statement_timeout = ${limit}; SET LOCAL lock_timeout = ${limit}`);
  const [id, status] = [quoted(idColumn), quoted(statusColumn)];
  const condition = how === "typed" ? `${id} = ANY($1)` : `${id}::text = ANY($1::text[])`;
  const { rows }: QueryResult<[string, string | null]> = await client.query({
    text: `SELECT ${id}::text, ${status}::text FROM ${table.map(quoted).join(".")} WHERE ${condition}`,
    values: [ids],
    rowMode: "array",
  });
  await client.query("COMMIT");
  return rows;
}
