import { afterAll, afterEach, beforeAll } from "vitest";
import { PrivateServer } from "./private-server.ts";

/** One server for all tests of a file; after each of them nothing that it started is left. */
export function startedServer(env: NodeJS.ProcessEnv = {}): PrivateServer {
  const holdfast = new PrivateServer(env);
  beforeAll(() => holdfast.up());
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(() => holdfast.remove());
  return holdfast;
}
