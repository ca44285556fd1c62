import type { Holders } from "../../client/client.ts";
import { formatDuration } from "../../contract/units.ts";
import { cut } from "./fit.ts";
import { facts, type Block, type Page } from "./page.ts";
import { printable } from "./printable.ts";

/** The processes that hold it, what they belong to, since when, and what would free it. */
export function holdersPage({ target, holders, unread }: Holders): Page {
  const hidden = unread.map((text) => `not inspected: ${text}`);
  if (holders.length === 0) return [`no visible process holds ${target}`, ...hidden];
  const blocks = holders.flatMap((holder, index): Block[] => [
    ...(index === 0 ? [] : [""]),
    facts([
      ["held by", `${holder.pid} ${holder.command}`],
      ["as", holder.by.join(", ")],
      ["for", `at most ${formatDuration(holder.ageMs)}, its age`],
      ["user", String(holder.uid)],
      ["belongs to", holder.owner],
      ["below", holder.parents.map(({ pid, command }) => `${pid} ${short(command)}`).join(" < ")],
      ["to free it", holder.hint],
    ]),
  ]);
  return [...blocks, ...hidden];
}

function short(command: string): string {
  return cut(printable(command), 40);
}
