import type { Duplex } from "node:stream";
import { problemDocument } from "../contract/problem-document.ts";

const wrong: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "its head is larger than 16 KiB",
  ERR_HTTP_REQUEST_TIMEOUT: "it did not come in time",
};

/** Answers what never became a request: it is not HTTP, too long in the head or too slow. */
export function answerBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const what = wrong[error.code ?? ""] ?? "it is not HTTP";
  const document = problemDocument({
    code: "invalid_request",
    details: { where: "the request", what },
  });
  const body = JSON.stringify(document);
  const head = [
    "HTTP/1.1 400 Bad Request",
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
