import { mkdir, open, rename, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptView } from "../../contract/attempt.ts";
import type { Job } from "../../contract/job.ts";
import { logNames } from "../../contract/log-names.ts";
import { RefusalError } from "../../contract/problems.ts";
import type { Context } from "../context.ts";

/**
 * Copies what an attempt has written into a folder of its own below `folder`. What the log's quota has
 * given up stays a hole, so that offsets are the same. A file is there when it is whole.
 */
export async function saveLogs(
  { server }: Pick<Context, "server">,
  job: Job,
  { id, number: attempt }: Pick<AttemptView, "id" | "number">,
  folder: string,
): Promise<void> {
  for (const name of logNames[job.spec.output]) {
    const stream = name === "stderr.log" ? "stderr" : "stdout";
    let file: FileHandle | null = null;
    try {
      for await (const { offset, bytes } of server.readOutput(job.id, { attempt, stream })) {
        file ??= await begin(join(folder, id), name);
        await file.write(bytes, 0, bytes.length, offset);
      }
      await file?.sync();
    } catch (error) {
      // Its log was removed, or it never wrote one.
      if (!(error instanceof RefusalError && error.refusal.code === "no_output")) throw error;
    } finally {
      await file?.close();
    }
    if (file !== null) await rename(join(folder, id, `${name}.new`), join(folder, id, name));
  }
}

async function begin(folder: string, name: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return await open(join(folder, `${name}.new`), "w", 0o600);
}
