// What the tests ask of a server inside the machine without starting the command line each time.
import { request } from "node:http";

/** The answer to a request on the server's socket. */
export function ask(socketPath, method, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        socketPath,
        method,
        path,
        headers: { host: "localhost", "content-type": "application/json" },
      },
      resolve,
    );
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

export async function textOf(answer) {
  let text = "";
  for await (const part of answer.setEncoding("utf8")) text += part;
  return text;
}
