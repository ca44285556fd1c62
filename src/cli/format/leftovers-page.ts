import type { Leftovers } from "../../client/client.ts";
import { formatSize } from "../../contract/units.ts";
import { table, type Column, type Page, type Table } from "./page.ts";

type Leftover = Leftovers["leftovers"][number];

const columns: readonly Column<Leftover>[] = [
  { title: "KIND", cell: ({ kind }) => kind },
  { title: "SIZE", align: "right", cell: ({ bytes }) => (bytes === null ? "" : formatSize(bytes)) },
  { title: "SURE", cell: ({ confidence }) => confidence },
  { title: "NAME", least: 16, cell: ({ name }) => name },
  { title: "WHY", least: 20, cell: ({ evidence }) => evidence.join("; ") },
];

export function leftoversPage({ leftovers, unread }: Leftovers): Page {
  const bytes = leftovers.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const not = unread.length === 0 ? "" : ` Not inspected: ${unread.join("; ")}.`;
  const head = `${leftovers.length} left behind, ${formatSize(bytes)}.${not}`;
  return leftovers.length === 0 ? [head] : [head, leftoverTable(leftovers)];
}

export function leftoverTable(list: readonly Leftover[]): Table {
  return table(list, columns);
}
