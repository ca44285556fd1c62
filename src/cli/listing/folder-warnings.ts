import type { Health } from "../../client/client.ts";
import { printable } from "../format/printable.ts";
import { abandonedMessage, folderGoneMessage } from "../../contract/abandoned-message.ts";

/** What is wrong with state folders, this server's and others: `ls` is where it is seen first. */
export function folderWarnings({ stateDir, stateFolder, abandoned }: Health): string[] {
  const own =
    stateFolder === undefined || stateFolder === "in place"
      ? []
      : [`warning: ${printable(folderGoneMessage(stateDir, stateFolder))}`];
  return [...own, ...abandoned.map((one) => printable(abandonedMessage(one)))];
}
