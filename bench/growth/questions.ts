import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Api } from "../harness/api.ts";
import { ask, open } from "../harness/ask.ts";
import { node, root } from "../harness/places.ts";
import type { Server } from "../harness/server.ts";

/** Something that is asked of a server with a history. */
export interface Question {
  what: string;
  /** How often. */
  times: number;
  ask(server: Server, jobs: number): Promise<void>;
}

const eventsRead = 1000;
const newline = 10;

/** The name of a job in the middle of the history, which no other job has. */
const nameIn = (jobs: number) => `train-${Math.floor(jobs / 4) * 2 + 1}`;

const get = (path: (jobs: number) => string) => async (server: Server, jobs: number) => {
  await ask(server.socket, { path: path(jobs) });
};

export const questions: readonly Question[] = [
  { what: "ls", times: 30, ask: get(() => "/api/v1/jobs?limit=20") },
  {
    what: "ls --state failed --limit 20",
    times: 30,
    ask: get(() => "/api/v1/jobs?state=failed&limit=20"),
  },
  { what: "show", times: 30, ask: get((jobs) => `/api/v1/jobs/${Math.ceil(jobs / 2)}`) },
  { what: "a name", times: 30, ask: get((jobs) => `/api/v1/jobs?select=${nameIn(jobs)}`) },
  { what: "ls --all, 1,000 jobs", times: 5, ask: readPages },
  { what: "/health", times: 30, ask: get(() => "/api/v1/health") },
  { what: "/metrics", times: 30, ask: get(() => "/metrics") },
  { what: `${eventsRead} events from the middle on`, times: 10, ask: readEvents },
];

/** Commands that read all of it. */
export const readers = [["export"]] as const;

async function readPages({ socket }: Server): Promise<void> {
  const api = new Api(socket);
  let cursor = "";
  for (let pages = 0; pages < 2; pages += 1) {
    const { nextCursor } = await api.list(`limit=500${cursor}`);
    if (nextCursor === null) break;
    cursor = `&cursor=${nextCursor}`;
  }
  api.close();
}

/** A job has about four events. */
async function readEvents(server: Server, jobs: number): Promise<void> {
  const after = jobs < eventsRead ? 0 : jobs * 2;
  const wanted = Math.min(eventsRead, jobs * 3);
  const answer = await open(server.socket, { path: `/api/v1/events?after=${after}` });
  let found = 0;
  for await (const part of answer) {
    found += (part as Buffer).toString().split("data:").length - 1;
    if (found >= wanted) break;
  }
}

const longestReadMs = 20_000;

/** Runs a command to its end, or for 20 s. Returns how long it took for each 1,000 lines, ms. */
export async function readBy({ env }: Server, args: readonly string[]): Promise<number> {
  const beganMs = performance.now();
  const child = spawn(node, [join(root, "build/cli.cjs"), ...args], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
    timeout: longestReadMs,
  });
  let lines = 0;
  child.stdout.on("data", (part: Buffer) => {
    for (const byte of part) if (byte === newline) lines += 1;
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  if (code !== 0 && signal !== "SIGTERM") throw new Error(`${args.join(" ")} ended with ${code}`);
  return ((performance.now() - beganMs) / lines) * 1000;
}
