import type { Hook } from "@hono/zod-openapi";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { counted } from "../contract/counted.ts";
import { problemDocument } from "../contract/problem-document.ts";
import { RefusalError, refuse, type Refusal } from "../contract/problems.ts";
import type { AppEnv, ServerParts } from "./parts.ts";
import { storageRefusal } from "../store/storage-refusal.ts";

/** The one place where a refusal or a failure becomes an answer. */
export function answerProblem(c: Context<AppEnv>, refusal: Refusal): Response {
  const document = problemDocument(refusal);
  return c.body(JSON.stringify(document), document.status as 400, {
    "content-type": "application/problem+json",
    // The rest of a body that is too large is not worth reading.
    ...(refusal.code === "body_too_large" ? { connection: "close" } : {}),
  });
}

/** For Hono's onError: everything that was thrown while a request was served. */
export function answerThrown(parts: ServerParts) {
  return (error: unknown, c: Context<AppEnv>): Response => {
    if (error instanceof RefusalError) return answerProblem(c, error.refusal);
    if (error instanceof HTTPException) return answerProblem(c, refusalOfHono(error));
    const { complete, destroyed } = c.env.incoming;
    if (destroyed && !complete) return c.body(null, 400); // the client disconnected halfway
    if (c.req.raw.signal.aborted) return c.body(null, 400); // nothing reads the answer
    const storage = storageRefusal(error, parts.stateDir);
    if (storage !== null) {
      parts.log.warn({ code: storage.code, err: described(error) }, "storage failed");
      return answerProblem(c, storage);
    }
    const reference = parts.ids.uuid().slice(0, 8);
    parts.log.error({ reference, method: c.req.method, err: described(error) }, "request failed");
    return answerProblem(c, { code: "internal", details: { reference } });
  };
}

/** For Hono's notFound. */
export function answerNoRoute(c: Context<AppEnv>): Response {
  return answerProblem(c, { code: "no_such_route", details: {} });
}

/** For what does not fit a route's schemas: names the place and what belongs there. */
export const answerInvalid: Hook<unknown, AppEnv, string, unknown> = (result, c) => {
  const issue = result.success ? undefined : result.error.issues[0];
  if (issue === undefined) return undefined;
  const place = issue.path.map(nameOnly).join(".");
  const where = result.target === "json" ? `body${place && `: ${place}`}` : place;
  const what =
    issue.code === "unrecognized_keys"
      ? `unknown property ${issue.keys.map(nameOnly).join(", ")}`
      : boundOf(issue);
  return answerProblem(c, { code: "invalid_request", details: { where, what } });
};

interface Issue {
  code: string;
  message: string;
  origin?: unknown;
  maximum?: unknown;
  minimum?: unknown;
}

/** `at most 200 characters`; a message of the schema's own as it is. */
function boundOf({ code, message, origin, maximum, minimum }: Issue): string {
  const amount = (bound: unknown) => {
    if (origin === "string") return counted(Number(bound), "character");
    return origin === "array" ? counted(Number(bound), "entry", "entries") : String(bound);
  };
  if (code === "too_big" && message.startsWith("Too big")) return `at most ${amount(maximum)}`;
  if (code === "too_small" && message.startsWith("Too small")) return `at least ${amount(minimum)}`;
  return message;
}

/** In `{"env": {"TOKEN=abc": ""}}` the name carries a value. */
function nameOnly(step: PropertyKey): string {
  return String(step).split("=")[0] ?? "";
}

/** What Hono itself refuses: a body that is not JSON, or not declared as JSON. */
function refusalOfHono(error: HTTPException): Refusal {
  const [where, what] =
    error.status === 415
      ? ["the Content-Type header", "use application/json"]
      : ["the body", "it is not JSON"];
  return refuse("invalid_request", { where, what }).refusal;
}

/** A SyntaxError quotes the text that it found, which may be a secret. */
function described(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  if (error instanceof SyntaxError) return { name: error.name };
  const { name, message, stack } = error;
  return { name, message, stack };
}
