import { expect, it } from "vitest";
import type { Receipt } from "../../contract/receipt.ts";
import { receiptStops } from "./receipt-stops.ts";
import { laidOut } from "../testing/laid-out.ts";
import { timeBeside } from "./time.ts";

const atMs = 1_790_000_000_000;
const at = timeBeside(atMs, atMs);

type Request = NonNullable<Receipt["stopRequests"]>[number];

const request = (number: number, more: Partial<Request> = {}): Request => ({
  number,
  reason: "cancel",
  graceMs: 10_000,
  prolong: false,
  atMs,
  client: null,
  ...more,
});

const lines = (...stopRequests: Request[]) =>
  laidOut([receiptStops({ stopRequests, phases: [{ name: "stop wanted", atMs }] } as Receipt)]);

it("names the process that requested a stop, its parent, and its own description", () => {
  const parent = { pid: 700, command: "bash" };
  const client = { uid: 1000, pid: 812, command: "node cli.cjs", parent, says: "a\u001b[2Jb" };
  expect(lines(request(1, { client }))).toEqual([
    "stop requests",
    `  ${at}  cancel, grace 10s, by node cli.cjs 812 (uid 1000), started by bash 700, calls itself "a\\x1b[2Jb"`,
  ]);
});

it("shows what later requests changed, and a client that is not known", () => {
  const gone = { uid: 0, pid: 812, command: null, parent: null, says: null };
  const longer = { graceMs: 300_000, prolong: true, client: gone };
  expect(lines(request(1), request(2, longer), request(3, { graceMs: 0 }))).toEqual([
    "stop requests",
    `  ${at}  cancel, grace 10s, by a process that is not known`,
    `  ${at}  cancel, grace 5m 0s from then on, by a process 812 (uid 0)`,
    `  ${at}  cancel, KILL at once, by a process that is not known`,
  ]);
});

it("is absent in a receipt without requests, and in an older one", () => {
  expect(lines()).toEqual([]);
  expect(laidOut([receiptStops({} as Receipt)])).toEqual([]);
});
