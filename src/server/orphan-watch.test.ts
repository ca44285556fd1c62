import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accept } from "../contract/problems.ts";
import { eventually } from "../system/eventually.ts";
import { TestServer } from "./test-server.ts";

let server: TestServer;
let watches: AbortSignal[];
let listeners: number;

beforeEach(async () => {
  watches = [];
  listeners = 0;
  server = await TestServer.start({
    orphans: {
      watch(_asked, _report, signal) {
        watches.push(signal);
        return accept(Promise.resolve());
      },
    },
    standingWatch: {
      subscribe() {
        listeners += 1;
        return () => (listeners -= 1);
      },
    },
  });
});
afterEach(() => server.stop());

const ended = () => watches.map(({ aborted }) => aborted);

describe("a watch for orphans over the API", () => {
  it("lasts as long as its connection", async () => {
    const answer = await server.open("GET", "/api/v1/orphans/watch");
    expect(ended()).toEqual([false]);
    answer.destroy();
    await eventually(() => ended()[0] === true);
  });

  it("does not continue after HEAD, which has no body that could end", async () => {
    expect((await server.ask("HEAD", "/api/v1/orphans/watch")).status).toBe(200);
    expect(ended()).toEqual([true]);
  });

  it("of the server has no listener after HEAD", async () => {
    expect((await server.ask("HEAD", "/api/v1/orphans/watch/events")).status).toBe(200);
    expect(listeners).toBe(0);
    const answer = await server.open("GET", "/api/v1/orphans/watch/events");
    expect(listeners).toBe(1);
    answer.destroy();
    await eventually(() => listeners === 0);
  });
});
