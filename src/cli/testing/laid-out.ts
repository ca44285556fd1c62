import { layOut } from "../format/layout.ts";
import type { Page } from "../format/page.ts";
import { styleFor } from "../format/style.ts";

/** The lines of a page, without colours unless they are wanted. */
export function laidOut(page: Page, width: number | null = null, coloured = false): string[] {
  return layOut(page, { width, style: styleFor(coloured) });
}
