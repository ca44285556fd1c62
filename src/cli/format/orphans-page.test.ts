import { expect, it } from "vitest";
import type { OrphanScan } from "../../client/client.ts";
import { scanPage } from "./orphans-page.ts";
import { styleFor } from "./style.ts";

const scan: OrphanScan = { atMs: 0, windowMs: 1000, seen: 9, suspects: [], young: [], unread: [] };

it("a scan of a server that does not know moved folders is shown", () => {
  expect(scanPage(scan, 80, styleFor(false))).toEqual(["0 suspects among 9 processes."]);
});
