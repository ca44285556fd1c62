import { Agent, request, type IncomingMessage } from "node:http";

/** How to ask the server for something, without reading what it says. */
export interface Asked {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: object;
}

/** An open answer. */
export function open(
  socketPath: string,
  { method = "GET", path, headers = {}, body }: Asked,
  agent?: Agent,
): Promise<IncomingMessage> {
  const text = body === undefined ? "" : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        socketPath,
        method,
        path,
        agent: agent ?? new Agent(),
        headers: {
          ...headers,
          "content-length": Buffer.byteLength(text),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
      },
      (answer) => {
        if ((answer.statusCode ?? 0) < 300) return resolve(answer);
        answer.resume();
        reject(new Error(`${method} ${path}: ${answer.statusCode}`));
      },
    );
    asked.on("error", reject);
    asked.end(text);
  });
}

/** The whole answer; how long it took, ms. */
export async function ask(socket: string, asked: Asked, agent?: Agent): Promise<number> {
  const beganMs = performance.now();
  const answer = await open(socket, asked, agent);
  for await (const _ of answer);
  return performance.now() - beganMs;
}

/**
 * How long a small request waited at most while `act` ran, ms: the server answers it on the thread that
 * serves cancels, so it waits as long as that thread does something else.
 */
export async function longestWaitDuring(socket: string, act: () => Promise<void>): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let longestMs = 0;
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted)
      longestMs = Math.max(longestMs, await ask(socket, { path: "/api/v1/version" }, agent));
  })();
  try {
    await act();
  } finally {
    over.abort();
    await asking;
    agent.destroy();
  }
  return longestMs;
}
