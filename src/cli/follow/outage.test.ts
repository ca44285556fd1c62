import { expect, it } from "vitest";
import { RefusalError } from "../../contract/problems.ts";
import { MemorySink } from "../testing/memory-sink.ts";
import { Screen } from "../terminal/screen.ts";
import { Outage } from "./outage.ts";

const gone = new RefusalError({ code: "server_not_running", details: {} });
const full = new RefusalError({ code: "storage_full", details: { path: "/state" } });

it("is reported once, with the reason why no server starts, and again for the next outage", () => {
  const messages = new MemorySink();
  const outage = new Outage(new Screen(new MemorySink(), messages, {}), 42);
  outage.over();
  for (const error of [gone, gone, full, gone, full]) outage.broken(error);
  outage.over();
  outage.broken(gone);
  expect(messages.text).toBe(
    [
      "the server has gone away; job 42 continues, trying again",
      "holdfast: The disk with the state folder is full",
      "  Free space on /state; nothing was changed",
      "the server is back",
      "the server has gone away; job 42 continues, trying again",
      "",
    ].join("\n"),
  );
});
