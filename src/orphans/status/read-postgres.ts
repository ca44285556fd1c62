import { Client, type QueryResult } from "pg";
import { quoted, type Question, type Row } from "./question.ts";

/** The id column has another type than the ids have the form of. */
const wrongForm = new Set(["22P02", "22003", "22007", "42883"]);

/**
 * In a read-only transaction with a time limit. Both are set inside the transaction: a pooler between
 * here and the server refuses them as options of the connection. Throws where it cannot be read.
 */
export async function readPostgres(url: string, question: Question): Promise<Row[]> {
  const client = new Client({
    connectionString: url,
    application_name: "holdfast",
    connectionTimeoutMillis: question.timeoutMs,
    // The server's own limit comes first and says more.
    query_timeout: question.timeoutMs + 1000,
  });
  // What breaks the connection also fails the query.
  client.on("error", () => undefined);
  await client.connect();
  try {
    try {
      return await ask(client, question, "typed");
    } catch (error) {
      if (!wrongForm.has((error as { code?: string }).code ?? "")) throw error;
      // One id of the wrong form must not hide the others. Only then, as no index helps here.
      await client.query("ROLLBACK");
      return await ask(client, question, "as text");
    }
  } finally {
    // The server ends an open transaction with its connection.
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
