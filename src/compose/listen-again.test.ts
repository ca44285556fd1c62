import { expect, it } from "vitest";
import { listenAgain } from "./listen-again.ts";

it("logs that the server listens again, and once that it cannot, however often it tries", async () => {
  const logged: string[] = [];
  const add = (_: unknown, text?: string) => void logged.push(text ?? "");
  const answers = [new Error("in the way"), new Error("in the way"), null, new Error("again")];
  const again = async () => {
    const answer = answers.shift() ?? null;
    if (answer !== null) throw answer;
  };
  const tryAgain = listenAgain({ again }, "/run/server.sock", { warn: add, error: add });
  for (let n = 0; n < 4; n += 1) await tryAgain();
  expect(logged).toEqual([
    expect.stringContaining("keeps trying"),
    expect.stringContaining("listens there again"),
    expect.stringContaining("keeps trying"),
  ]);
});
