import type { Leftovers } from "../../client/client.ts";
import { formatSize } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { table, type Column } from "./table.ts";

const columns: readonly Column[] = [
  { title: "KIND", align: "left", gives: false, least: 0 },
  { title: "SIZE", align: "right", gives: false, least: 0 },
  { title: "SURE", align: "left", gives: false, least: 0 },
  { title: "NAME", align: "left", gives: true, least: 16 },
  { title: "WHY", align: "left", gives: true, least: 20 },
];

export function leftoversPage({ leftovers, unread }: Leftovers, width: number | null): string[] {
  const bytes = leftovers.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  const not = unread.length === 0 ? "" : ` Not inspected: ${printable(unread.join("; "))}.`;
  const head = `${leftovers.length} left behind, ${formatSize(bytes)}.${not}`;
  return leftovers.length === 0 ? [head] : [head, ...leftoverTable(leftovers, width)];
}

export function leftoverTable(list: Leftovers["leftovers"], width: number | null): string[] {
  const rows = list.map(({ kind, bytes, confidence, name, evidence }) => [
    kind,
    bytes === null ? "" : formatSize(bytes),
    confidence,
    printable(name),
    printable(evidence.join("; ")),
  ]);
  return table(columns, rows, width);
}
