import {
  connectionRefusal,
  send,
  signalOf,
  textOf,
  type Connection,
  type HttpRequest,
} from "./http.ts";

export interface WholeAnswer {
  status: number;
  text: string;
}

/**
 * One request and its whole answer. Throws RefusalError server_not_running, server_unreachable or
 * foreign_owner.
 */
export async function exchange(connection: Connection, request: HttpRequest): Promise<WholeAnswer> {
  const answer = await send(connection, request, "end");
  try {
    return { status: answer.statusCode ?? 0, text: await textOf(answer) };
  } catch (error) {
    if (signalOf(connection, request)?.aborted === true) throw error;
    throw connectionRefusal(connection.socket, error);
  }
}
