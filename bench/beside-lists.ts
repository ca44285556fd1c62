import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Api } from "./harness/api.ts";
import { figure, type Figure } from "./harness/figure.ts";
import { inPairs } from "./harness/pairs.ts";
import { freshDir, node, root } from "./harness/places.ts";
import { withServer, type Server } from "./harness/server.ts";

const historyJobs = process.env["HOLDFAST_BENCH_JOBS"] ?? "100000";
const rounds = 100;

/** What another client asks for without end. */
const lists: Record<string, string | null> = {
  "no list": null,
  "pages of 500 of all jobs": "limit=500",
  "searches by tag and state that find nothing": "limit=500&tag=nightly&state=paused",
};

/**
 * How long one cancel, and `health`, take beside a client that lists without end: of this build and
 * of another one, on histories that are equal, in turns.
 */
export async function besideLists(checkout: string): Promise<Figure[]> {
  const [ours, other] = await Promise.all([history(root, "ours"), history(checkout, "other")]);
  return await withServer(
    (server) =>
      withServer((peer) => measure(server, peer), { HOLDFAST_STATE_DIR: other }, checkout),
    { HOLDFAST_STATE_DIR: ours },
  );
}

/** A state folder with a long history, of the version of a checkout. */
async function history(checkout: string, name: string): Promise<string> {
  const folder = join(freshDir("history"), name);
  const program = join(checkout, "bench/history/main.ts");
  const child = spawn(node, [program, folder, historyJobs, "--folders", "1000"], {
    stdio: "ignore",
  });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`making a history: exit ${code}`);
  return folder;
}

async function measure(ours: Server, peer: Server): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, query] of Object.entries(lists)) {
    const both = [await busyWith(ours, query), await busyWith(peer, query)] as const;
    const values = await inPairs(
      rounds,
      () => latencies(ours),
      () => latencies(peer),
    );
    for (const client of both) await client.end();
    for (const what of ["cancel", "health"] as const) {
      const other = { what: "the other build", values: values.peer.map((one) => one[what]) };
      const own = values.ours.map((one) => one[what]);
      figures.push(figure({ what: `${what} beside ${name}`, unit: "ms", ours: own, peer: other }));
    }
  }
  return figures;
}

/** A process of its own, so that what it does with the answers delays nothing here. */
async function busyWith(
  { socket }: Server,
  query: string | null,
): Promise<{ end: () => Promise<void> }> {
  if (query === null) return { end: async () => undefined };
  const program = join(import.meta.dirname, "harness/list-loop.ts");
  const child = spawn(node, [program, socket, query], { stdio: ["ignore", "pipe", "inherit"] });
  await once(createInterface({ input: child.stdout }), "line");
  return {
    end: async () => {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Of a job that is held: what is measured is the answer of the server, not the end of a process. */
async function latencies({ socket }: Server): Promise<{ cancel: number; health: number }> {
  const api = new Api(socket);
  const { id } = await api.submit({ command: ["/bin/true"], held: true });
  const beganMs = performance.now();
  await api.cancel(id, 0);
  const cancelledMs = performance.now();
  await api.health();
  const answeredMs = performance.now();
  api.close();
  return { cancel: cancelledMs - beganMs, health: answeredMs - cancelledMs };
}
