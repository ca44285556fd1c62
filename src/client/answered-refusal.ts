import { problems, RefusalError, type ProblemCode, type Refusal } from "../contract/problems.ts";
import type { ProblemDocument } from "../contract/server.ts";

/** The refusal in the server's answer, as a refusal of this process. */
export function answeredRefusal(status: number, text: string): RefusalError {
  const document = parseObject(text);
  const { code, details } = document;
  if (typeof code === "string" && Object.hasOwn(problems, code))
    return new RefusalError({ code: code as ProblemCode, details: details ?? {} });
  return new RefusalError(unknownAnswer(status, document));
}

/** A newer server, or a program that is not a Holdfast server. */
function unknownAnswer(status: number, { title, hint }: Partial<ProblemDocument>): Refusal {
  const message = [title, hint].filter((word) => typeof word === "string").join(": ");
  return {
    code: "server_unreachable",
    details: { what: `it answered ${status}${message === "" ? "" : ` (${message})`}` },
  };
}

function parseObject(text: string): Partial<ProblemDocument> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
