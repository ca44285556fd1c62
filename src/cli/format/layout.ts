import { pad } from "./fit.ts";
import type { Block, Facts, Page, Room, Section, Span, Text } from "./page.ts";
import { printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { tableLines } from "./table.ts";
import { widthOf } from "./width.ts";

const gap = "  ";
const indent = "  ";

/** The lines of a page. Only tables are fitted to the width: other lines are broken by the screen. */
export function layOut(page: Page, room: Room): string[] {
  return page.flatMap((block) => linesOf(block, room));
}

function linesOf(block: Block, room: Room): string[] {
  if (!isStructured(block)) return [lineOf(block, room.style)];
  switch (block.kind) {
    case "facts":
      return factLines(block, room.style);
    case "table":
      return tableLines(block, room);
    case "section":
      return sectionLines(block, room);
  }
}

function isStructured(block: Block): block is Exclude<Block, Text> {
  return typeof block === "object" && "kind" in block;
}

function factLines({ rows }: Facts, style: Style): string[] {
  const present = rows.flatMap(([label, value]) => (value === null ? [] : [{ label, value }]));
  const width = present.reduce((widest, { label }) => Math.max(widest, widthOf(label)), 0);
  return present.map(({ label, value }) =>
    `${pad(printable(label), width, "left")}${gap}${lineOf(value, style)}`.trimEnd(),
  );
}

function sectionLines({ head, body }: Section, { width, style }: Room): string[] {
  const inner = { width: width === null ? null : width - indent.length, style };
  const lines = layOut(body, inner).map((line) => (line === "" ? "" : indent + line));
  return lines.length === 0 ? [] : [lineOf(head, style), ...lines];
}

function lineOf(text: Text, style: Style): string {
  return [text]
    .flat()
    .map((span) => spanOf(span, style))
    .join("");
}

function spanOf(span: Span, style: Style): string {
  if (typeof span === "string") return printable(span);
  return span.styles.reduceRight((text, name) => style[name](text), printable(span.text));
}
