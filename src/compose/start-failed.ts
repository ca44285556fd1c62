import { loadConfig } from "../config/config.ts";
import { problems, RefusalError } from "../contract/problems.ts";
import { storageRefusal } from "../store/storage-refusal.ts";
import { announce } from "./announce.ts";

/** Reports why no server was started, and ends the process. An error that is a defect is thrown. */
export function startFailed(error: unknown): never {
  const { refusal, message } = asRefusal(error);
  announce.problem(refusal);
  process.stderr.write(`holdfast: ${message}\n`);
  process.exit(problems[refusal.code].exit);
}

function asRefusal(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error;
  const refusal = storageRefusal(error, loadConfig(process.env).paths.stateDir);
  if (refusal === null) throw error;
  return new RefusalError(refusal, { cause: error });
}
