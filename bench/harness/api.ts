import { Agent, request } from "node:http";
import type { Health, Job, JobPage, JobRequest, Receipt } from "../../src/client/client.ts";

type Asked = Partial<JobRequest> & Pick<JobRequest, "command">;

/** A client as a program has it that submits a lot: it keeps its connections to the Unix socket. */
export class Api {
  readonly #socket: string;
  readonly #agent: Agent;

  constructor(socket: string, connections = 1) {
    this.#socket = socket;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  submit(job: Asked): Promise<Job> {
    const whole = { cwd: "/", env: { PATH: "/usr/bin:/bin" }, ...job };
    return this.#ask<Job>("POST", "/api/v1/jobs", whole);
  }

  show(id: number): Promise<Job> {
    return this.#ask<Job>("GET", `/api/v1/jobs/${id}`);
  }

  cancel(id: number, graceMs: number): Promise<Job> {
    return this.#ask<Job>("POST", `/api/v1/jobs/${id}/cancel`, { graceMs });
  }

  receipt(id: number): Promise<Receipt> {
    return this.#ask<Receipt>("GET", `/api/v1/jobs/${id}/receipt`);
  }

  list(query: string): Promise<JobPage> {
    return this.#ask<JobPage>("GET", `/api/v1/jobs?${query}`);
  }

  health(): Promise<Health> {
    return this.#ask<Health>("GET", "/api/v1/health");
  }

  close(): void {
    this.#agent.destroy();
  }

  #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const text = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      "content-length": Buffer.byteLength(text),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    return new Promise((resolve, reject) => {
      const asked = request(
        { socketPath: this.#socket, agent: this.#agent, method, path, headers },
        (answer) => {
          let found = "";
          answer.setEncoding("utf8");
          answer.on("data", (part: string) => {
            found += part;
          });
          answer.on("error", reject);
          answer.on("end", () => {
            if ((answer.statusCode ?? 0) < 300) resolve(JSON.parse(found) as T);
            else reject(new Error(`${method} ${path}: ${answer.statusCode} ${found}`));
          });
        },
      );
      asked.on("error", reject);
      asked.end(text);
    });
  }
}
