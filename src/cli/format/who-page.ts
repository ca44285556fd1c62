import type { Who } from "../../client/client.ts";
import { formatDuration } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { fields } from "./table.ts";

/** The processes that hold it, what they belong to, since when, and what would free it. */
export function whoPage({ target, holders, unread }: Who): string[] {
  const hidden = unread.map((words) => `not inspected: ${printable(words)}`);
  if (holders.length === 0) return [`no visible process holds ${printable(target)}`, ...hidden];
  const pages = holders.map((holder) =>
    fields([
      ["held by", `${holder.pid} ${printable(holder.command)}`],
      ["as", holder.by.join(", ")],
      ["for", `at most ${formatDuration(holder.ageMs)}, its age`],
      ["user", String(holder.uid)],
      ["belongs to", printable(holder.owner)],
      ["below", holder.parents.map(({ pid, command }) => `${pid} ${short(command)}`).join(" < ")],
      ["to free it", printable(holder.hint)],
    ]),
  );
  return [...pages.flatMap((page, index) => (index === 0 ? page : [""].concat(page))), ...hidden];
}

function short(command: string): string {
  const shown = printable(command);
  return shown.length <= 40 ? shown : `${shown.slice(0, 39)}…`;
}
