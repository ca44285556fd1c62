import { createParser } from "eventsource-parser";
import type { IncomingMessage } from "node:http";
import { connectionRefusal } from "./http.ts";

/** One server-sent event, or a part of it. `data` null: only the position is sent. */
export interface Message {
  id: string | null;
  data: string | null;
  /** Absent: a message without a name. */
  event?: string;
}

export async function* messages(socket: string, answer: IncomingMessage): AsyncGenerator<Message> {
  let found: Message[] = [];
  const parser = createParser({
    onId: (id) => found.push({ id, data: null }),
    onEvent: ({ data, event }) =>
      found.push({ id: null, data, ...(event === undefined ? {} : { event }) }),
  });
  answer.setEncoding("utf8");
  try {
    for await (const text of answer) {
      parser.feed(text as string);
      const complete = found;
      found = [];
      yield* complete;
    }
  } catch (error) {
    throw connectionRefusal(socket, error);
  }
}
