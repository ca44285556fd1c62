import { afterAll, afterEach, beforeAll } from "vitest";
import { PrivateServer } from "./private-server.ts";

/** One server for all tests of a file; after each of them nothing that it started is left. */
export function startedServer(): PrivateServer {
  const holdfast = new PrivateServer();
  beforeAll(() => holdfast.up());
  afterEach(() => holdfast.expectNothingLeft());
  afterAll(() => holdfast.remove());
  return holdfast;
}
