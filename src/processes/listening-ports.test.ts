import { expect, it } from "vitest";
import { parsePorts } from "./listening-ports.ts";

it("a listening port is read with its socket's inode, and a connection is none", () => {
  const text = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1",
    "   1: 0100007F:1F40 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1",
  ].join("\n");
  expect(parsePorts(text)).toEqual([["4711", 8000]]);
});
