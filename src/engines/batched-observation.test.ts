import { expect, it } from "vitest";
import type { AttemptRow } from "../store/rows.ts";
import { BatchedObservation } from "./batched-observation.ts";
import type { Evidence } from "./engine.ts";

const row = (id: string) => ({ id }) as AttemptRow;
const evidence = (folder: boolean) => ({ folder }) as Evidence;

/** `answer`: what the engine says to the ids that one call asks for. */
function batched(answer: (ids: string[]) => ReadonlyMap<string, Evidence | Error>) {
  const calls: string[][] = [];
  const turns: (() => void)[] = [];
  const observation = new BatchedObservation(
    {
      async observe(attempts) {
        const ids = attempts.map(({ id }) => id);
        calls.push(ids);
        return answer(ids);
      },
    },
    (callback) => void turns.push(callback),
  );
  const turn = () => {
    for (const callback of turns.splice(0)) callback();
  };
  return { observation, calls, turn };
}

it("asks for all attempts of one turn in one call, and for later ones in another", async () => {
  const { observation, calls, turn } = batched(
    (ids) => new Map(ids.map((id) => [id, evidence(id === "a")])),
  );
  const first = [observation.of(row("a")), observation.of(row("b"))];
  turn();
  const later = observation.of(row("c"));
  turn();
  expect(await Promise.all(first)).toEqual([evidence(true), evidence(false)]);
  expect(await later).toEqual(evidence(false));
  expect(calls).toEqual([["a", "b"], ["c"]]);
});

it("an attempt that cannot be observed, or is left out, does not concern the others", async () => {
  const { observation, turn } = batched(
    () =>
      new Map<string, Evidence | Error>([
        ["a", evidence(true)],
        ["b", new Error("EMFILE")],
      ]),
  );
  const all = ["a", "b", "c"].map((id) => observation.of(row(id)));
  turn();
  const [a, b, c] = await Promise.allSettled(all);
  expect(a).toMatchObject({ status: "fulfilled", value: evidence(true) });
  expect(b).toMatchObject({ status: "rejected", reason: { message: "EMFILE" } });
  expect(c).toMatchObject({ status: "rejected", reason: { message: "c was not observed" } });
});

it("a call that fails is an error of each of its attempts", async () => {
  const { observation, turn } = batched(() => {
    throw new Error("the engine is down");
  });
  const all = [observation.of(row("a")), observation.of(row("b"))];
  turn();
  for (const one of await Promise.allSettled(all))
    expect(one).toMatchObject({ status: "rejected", reason: { message: "the engine is down" } });
});
