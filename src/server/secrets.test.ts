import { afterEach, beforeEach, expect, it } from "vitest";
import { TestServer } from "./test-server.ts";

const canary = "canary-7f3a91";

let server: TestServer;
let answers: string;
beforeEach(async () => {
  server = await TestServer.start();
  answers = "";
});
afterEach(() => server.stop());

const ask = async (method: string, path: string, body?: object | string) => {
  const { status, headers, bytes } = await server.ask(method, path, body);
  answers += JSON.stringify(headers) + bytes.toString();
  return status;
};

it("values of the environment are in no answer, no event and no log line", async () => {
  const jobs = "/api/v1/jobs";
  const good = { command: ["true"], cwd: "/", env: { TOKEN: canary } };
  const text = JSON.stringify(good);
  expect(await ask("POST", jobs, good)).toBe(201);
  const refused = [
    { ...good, cwd: 1 },
    { ...good, env: { TOKEN: `${canary}\0` } },
    { ...good, env: { TOKEN: [canary] } },
    { ...good, env: { TOKEN: { deep: canary } } },
    { ...good, env: { [`TOKEN=${canary}`]: "" } },
    { ...good, env: [`TOKEN=${canary}`] },
    { ...good, env: `TOKEN=${canary}` },
    { ...good, [`TOKEN=${canary}`]: 1 },
    text.slice(0, -1),
    `${text}${canary}`,
    text.replace("TOKEN", "\\u00zz"),
  ];
  for (const body of refused) expect(await ask("POST", jobs, body)).toBe(400);
  for (const path of ["/1", "", "?select=1", "/1/events"]) await ask("GET", `${jobs}${path}`);
  await ask("POST", `${jobs}/1/retry`);
  await ask("GET", "/metrics");
  server.supervisor.defects.set("submit", new SyntaxError(`Unexpected token in ${text}`));
  expect(await ask("POST", jobs, good)).toBe(500);
  expect(answers).toContain("TOKEN");
  expect(answers).not.toContain(canary);
  expect(server.logged.join("\n")).not.toContain(canary);
  expect(JSON.stringify(server.supervisor.stored)).not.toContain(canary);
});
