import type { Health } from "../../client/client.ts";
import type { Context } from "../context.ts";
import { printable } from "../format/printable.ts";
import { abandonedMessage, folderGoneMessage } from "../../contract/abandoned-message.ts";

const searchMs = 5000;
const pollMs = 25;

/** A server that has just started is still searching for what lives of an earlier state folder. */
export async function searchedHealth({
  server,
  clock,
}: Pick<Context, "server" | "clock">): Promise<Health> {
  const startedAtMs = clock.monotonicMs();
  for (;;) {
    const health = await server.health();
    const isLate = clock.monotonicMs() - startedAtMs >= searchMs;
    // With a search that failed, the server is ready all the same, and repeats it.
    if (health.abandonedSearched !== false || health.status === "ok" || isLate) return health;
    await new Promise<void>((resolve) => clock.after(pollMs, resolve));
  }
}

/** What is wrong with state folders, this server's and others: `ls` is where it is seen first. */
export function folderWarnings(health: Health): string[] {
  const { stateDir, stateFolder, abandoned, abandonedSearched } = health;
  const own =
    stateFolder === undefined || stateFolder === "in place"
      ? []
      : [`warning: ${printable(folderGoneMessage(stateDir, stateFolder))}`];
  const unsearched =
    abandonedSearched === false
      ? ["warning: The server is still searching for processes of an earlier state folder"]
      : [];
  return [...own, ...abandoned.map((one) => printable(abandonedMessage(one))), ...unsearched];
}
