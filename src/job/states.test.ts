import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  followedStates,
  isTerminal,
  liveStates,
  next,
  stateEvents,
  states,
  terminalStates,
  transitions,
} from "./states.ts";
import { statesDiagram } from "./states-diagram.ts";

describe("the table of states", () => {
  it("says for every state and every event either a state or no, as the table has it", () => {
    const seen = new Set<string>();
    for (const state of states) {
      for (const event of stateEvents) {
        const to = next(state, event);
        const written = (transitions[state] as Record<string, string>)[event] ?? null;
        expect(to).toBe(written);
        if (to !== null) seen.add(`${state} ${event}`);
      }
    }
    expect(seen.size).toBe(
      Object.values(transitions).flatMap((events) => Object.keys(events)).length,
    );
  });

  it("has exactly the terminal states of the promise", () => {
    expect(terminalStates).toEqual(["succeeded", "failed", "cancelled", "timed_out", "lost"]);
  });

  it("never leaves a terminal state", () => {
    for (const state of terminalStates) {
      for (const event of stateEvents) expect(next(state, event)).toBeNull();
    }
  });

  it("can reach an end from every state that is not terminal", () => {
    for (const state of liveStates) expect(reachable(state).some(isTerminal), state).toBe(true);
  });

  it("can reach every state from the queue", () => {
    expect(new Set(["queued", ...reachable("queued")])).toEqual(new Set(states));
  });

  it("lets only a stop that was observed to the end become cancelled or timed out, once something may have run", () => {
    for (const state of followedStates) {
      const ends: (string | null)[] = [next(state, "cancelled"), next(state, "timed_out")];
      expect(ends.every((end) => end !== null)).toBe(state === "stopping");
    }
  });

  it("is what the documentation shows", () => {
    const page = readFileSync(new URL("../../docs/reference/states.md", import.meta.url), "utf8");
    expect(page).toContain(statesDiagram());
  });
});

function reachable(from: keyof typeof transitions) {
  const found = new Set<keyof typeof transitions>();
  const open = [from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    for (const to of Object.values(transitions[state])) {
      if (found.has(to)) continue;
      found.add(to);
      open.push(to);
    }
  }
  return [...found];
}
