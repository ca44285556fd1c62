import { createParser } from "eventsource-parser";
import type { IncomingMessage } from "node:http";
import { connectionRefusal } from "./http.ts";

/** One server-sent event, or a part of it. `data` null: only the position is sent. */
export interface Message {
  id: string | null;
  data: string | null;
}

export async function* messages(socket: string, answer: IncomingMessage): AsyncGenerator<Message> {
  let found: Message[] = [];
  const parser = createParser({
    onId: (id) => found.push({ id, data: null }),
    onEvent: ({ data }) => found.push({ id: null, data }),
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
