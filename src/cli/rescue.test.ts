import { expect, it } from "vitest";
import { rescue } from "./rescue.ts";
import { FakeCommandLine } from "./testing/fake-context.ts";

it("reports what a slow program without a server does", async () => {
  const line = new FakeCommandLine();
  const ended = Promise.withResolvers<void>();
  const rescueProgram = async () => {
    await ended.promise;
    const stdout = JSON.stringify({ verb: "emergency-stop", attempts: [] });
    return { code: 0, stdout, stderr: "" };
  };
  const answer = rescue({ ...line.context(), rescueProgram }, "emergency-stop", "0", "stop", "all");
  for (let second = 0; second < 40; second += 1) line.clock.advance(1000);
  expect(line.messages.text).toBe(
    "waiting for the processes to end, 5s so far (Ctrl+C gives up)\n" +
      "waiting for the processes to end, 35s so far (Ctrl+C gives up)\n",
  );
  ended.resolve();
  expect(await answer).toMatchObject({ attempts: [] });
  line.clock.advance(60_000);
  await line.settle();
  expect(line.messages.text.split("\n")).toHaveLength(3);
});
