import { terminalStates, transitions } from "./states.ts";

/** The table of states as a Mermaid diagram, for the documentation. */
export function statesDiagram(): string {
  const lines = Object.entries(transitions).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => `    ${from} --> ${to}: ${event}`),
  );
  return [
    "stateDiagram-v2",
    "    [*] --> queued",
    "    [*] --> held",
    ...lines,
    ...terminalStates.map((state) => `    ${state} --> [*]`),
  ].join("\n");
}
