import { expect, it } from "vitest";
import { pidsInNamespaces } from "../../processes/pids-in-namespaces.ts";
import { livingMakers, mayLive } from "./maker.ts";

it("a process with this pid in any namespace may be the maker, unless it started later", () => {
  const makers = { began: new Map([[101, [50_000, 900_000]]]), unseen: null };
  expect(mayLive(101, 60_000, makers)).toBe(true);
  expect(mayLive(101, 47_000, makers)).toBe(false);
  expect(mayLive(102, 60_000, makers)).toBe(false);
});

it("this process is alive under each of its pids", () => {
  const pids = pidsInNamespaces(process.pid) ?? [];
  expect(pids).toContain(process.pid);
  const makers = livingMakers();
  for (const pid of pids) expect(mayLive(pid, Date.now(), makers)).toBe(true);
});
