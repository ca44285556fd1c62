import { constants } from "node:os";

const names = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** `SIGKILL`; a number that the kernel has no name for stays one. */
export function signalName(signal: number): string {
  return names.get(signal) ?? `signal ${signal}`;
}
