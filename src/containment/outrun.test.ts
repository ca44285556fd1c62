import { expect, it } from "vitest";
import { Outrun } from "./outrun.ts";

const [kill, stop] = [9, 19];
const running = [{ state: "R" }, { state: "T" }];
const still = [{ state: "T" }, { state: "Z" }];

it("kills first, stops what lives on until nothing moves, and then kills", () => {
  const outrun = new Outrun();
  const rounds = [running, running, running, still, running, still];
  expect(rounds.map((left) => outrun.next(left))).toEqual([kill, stop, stop, kill, stop, kill]);
});

it("kills all the same where a process cannot be stopped", () => {
  const outrun = new Outrun();
  const rounds = Array.from({ length: 23 }, () => outrun.next([{ state: "D" }]));
  expect(rounds.filter((signal) => signal === kill)).toHaveLength(2);
  expect(rounds.at(21)).toBe(kill);
});
