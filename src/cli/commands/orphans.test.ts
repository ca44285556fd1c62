import { expect, it } from "vitest";
import { FakeCommandLine } from "../testing/fake-context.ts";

const suspect = { root: 5, class: "parent-gone", rule: null, evidence: [], processes: [] };

it.each([
  [0, [], []],
  [3, [suspect], []],
  [3, [], [suspect]],
])(
  "orphans exits with %i for these suspects and young candidates",
  async (code, suspects, young) => {
    const line = new FakeCommandLine();
    const scan = { atMs: 0, windowMs: 1000, seen: 9, suspects, young, moved: [], unread: [] };
    const server = { ...line.fake.server, scanOrphans: async () => scan };
    Object.defineProperty(line.fake, "server", { value: server });
    expect(await line.type("orphans")).toBe(code);
  },
);
