import { expect, it } from "vitest";
import type { OrphanScan } from "../../client/client.ts";
import { scanPage } from "./orphans-page.ts";
import { laidOut } from "../testing/laid-out.ts";

const scan: OrphanScan = { atMs: 0, windowMs: 1000, seen: 9, suspects: [], young: [], unread: [] };

it("a scan of a server that does not know moved folders is shown", () => {
  expect(laidOut(scanPage(scan), 80)).toEqual(["0 suspects among 9 processes."]);
});
