import type { IncomingMessage } from "node:http";
import { answeredRefusal } from "./answered-refusal.ts";
import { exchange } from "./exchange.ts";
import { connectionRefusal, readText, send, type Connection, type HttpRequest } from "./http.ts";
import { routes, type Input, type Operation, type Output } from "./operations.ts";

export interface Answer<O extends Operation> {
  status: number;
  value: Output<O>;
}

/** Performs an operation that answers with JSON. Throws RefusalError. */
export async function call<O extends Operation>(
  connection: Connection,
  operation: O,
  input: Input<O>,
): Promise<Answer<O>> {
  const { status, text } = await exchange(connection, requestFor(operation, input));
  if (!isGood(status)) throw answeredRefusal(status, text);
  return { status, value: parsed(connection, text) as Output<O> };
}

/** Undefined for an empty body. Throws server_unreachable if the body is not JSON. */
function parsed(connection: Connection, text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw connectionRefusal(connection.socket, new Error("the answer is not JSON"));
  }
}

/** Performs an operation whose answer is a stream. Throws RefusalError. */
export async function open<O extends Operation>(
  connection: Connection,
  operation: O,
  input: Input<O>,
): Promise<IncomingMessage> {
  const answer = await send(connection, requestFor(operation, input));
  const status = answer.statusCode ?? 0;
  if (isGood(status)) return answer;
  throw answeredRefusal(status, await readText(connection.socket, answer));
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

function requestFor<O extends Operation>(operation: O, input: Input<O>): HttpRequest {
  const [method, template] = routes[operation];
  return {
    method,
    path: filled(template, input.path ?? {}) + query(input.query ?? {}),
    headers: {
      ...(input.body === undefined ? {} : { "content-type": "application/json" }),
      ...definedOnly(input.headers ?? {}),
    },
    ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    signal: input.signal,
  };
}

function filled(template: string, parameters: object): string {
  const values = new Map(Object.entries(parameters) as [string, unknown][]);
  return template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(values.get(name))),
  );
}

function query(parameters: object): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters) as [string, unknown][])
    for (const one of [value].flat()) if (one !== undefined) search.append(name, String(one));
  return search.size === 0 ? "" : `?${search.toString()}`;
}

function definedOnly(headers: object): Record<string, string> {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Record<string, string>;
}
