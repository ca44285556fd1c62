// storm SOCKET: submits as fast as it is answered, eight at a time, for ever. Each acknowledged job is
// one line on stdout, its number, written only after the server's answer was read to its end.
import { writeSync } from "node:fs";
import { ask, textOf } from "./api.mjs";

const [socketPath] = process.argv.slice(2);
const body = { name: "storm", command: ["/bin/true"], cwd: "/", env: {} };

async function submitForEver() {
  for (;;) {
    const answer = await ask(socketPath, "POST", "/api/v1/jobs", body);
    const text = await textOf(answer);
    if (answer.statusCode !== 201) throw new Error(text);
    writeSync(1, `${JSON.parse(text).id}\n`);
  }
}

await Promise.all(Array.from({ length: 8 }, submitForEver));
