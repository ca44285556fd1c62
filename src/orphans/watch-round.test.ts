import { describe, expect, it } from "vitest";
import type { Suspect } from "../contract/orphans.ts";
import { nextRound, stillRipe, type Sighted, type WatchPolicy } from "./watch-round.ts";

const policy: WatchPolicy = { reap: new Set(["parent-gone"]), afterMs: 60_000 };

function suspect(changes: Partial<Suspect> = {}, start = 7): Suspect {
  return {
    root: 50,
    class: "parent-gone",
    rule: "loky",
    jobId: null,
    confidence: "likely",
    action: "report",
    goneMs: 60_000,
    evidence: [],
    processes: [{ pid: 50, start }] as Suspect["processes"],
    ...changes,
  };
}

/** The news and the ripe suspects of each round; a round is its time and its suspects. */
function rounds(
  ...given: readonly [atMs: number, suspects: readonly Suspect[]][]
): [news: string[], ripe: number[]][] {
  let known: ReadonlyMap<string, Sighted> = new Map();
  return given.map(([atMs, suspects]) => {
    const round = nextRound(known, suspects, atMs, policy);
    known = round.known;
    return [round.news.map(({ type }) => type), round.ripe.map(({ root }) => root)];
  });
}

describe("a watch", () => {
  it("reports a suspect once when it appears, changes and disappears", () => {
    const weak = suspect({ confidence: "weak" });
    expect(rounds([0, [weak]], [1, [weak]], [2, [suspect()]], [3, []], [4, []])).toEqual([
      [["found"], []],
      [[], []],
      [["changed"], []],
      [["gone"], []],
      [[], []],
    ]);
  });

  it("ends a suspect that two rounds have seen, the first of them long enough ago", () => {
    const given = [suspect()];
    expect(rounds([0, given], [59_999, given], [60_000, given]).map(([, ripe]) => ripe)).toEqual([
      [],
      [],
      [50],
    ]);
    expect(rounds([0, given], [90_000, given]).map(([, ripe]) => ripe)).toEqual([[], [50]]);
  });

  it("never ends a suspect after one sighting, however far apart the rounds are", () => {
    expect(rounds([0, []], [1e9, [suspect()]]).at(-1)).toEqual([["found"], []]);
  });

  it("starts again when the suspect was not seen in between, its reason changed, or its pid was reused", () => {
    const given = [suspect()];
    for (const between of [[], [suspect({ rule: "mp-spawn" })], [suspect({}, 8)]])
      expect(rounds([0, given], [50_000, between], [90_000, given]).at(-1)?.[1]).toEqual([]);
  });

  it("tries each suspect only once", () => {
    const given = [suspect()];
    const ripe = rounds([0, given], [60_000, given], [120_000, given], [180_000, given]);
    expect(ripe.map(([, roots]) => roots)).toEqual([[], [50], [], []]);
  });

  it.each<[string, Partial<Suspect>]>([
    ["a class that the policy does not name", { class: "left-by-job" }],
    ["weak evidence", { confidence: "weak" }],
    ["a parent that is not gone for long", { confidence: "waiting" }],
  ])("ends no suspect with %s", (_why, changes) => {
    const given = [suspect(changes)];
    expect(rounds([0, given], [60_000, given], [1e9, given]).flatMap(([, ripe]) => ripe)).toEqual(
      [],
    );
  });
});

it("of ripe suspects, only those are ended whose reason and complete evidence a new inspection finds", () => {
  expect(stillRipe([suspect()], [suspect()])).toHaveLength(1);
  for (const now of [
    [],
    [suspect({ confidence: "weak" })],
    [suspect({ confidence: "waiting" })],
    [suspect({ rule: "mp-spawn" })],
    [suspect({}, 8)],
  ])
    expect(stillRipe([suspect()], now)).toEqual([]);
});
