import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { project } from "./page.ts";
import type { Reader } from "./reader.ts";

/** A Python pool whose main process was killed: its workers and their resource tracker are left. */
const killedPool = `
import multiprocessing, os, signal, time
context = multiprocessing.get_context("spawn")
worker = context.Process(target=time.sleep, args=(600,))
if __name__ == "__main__":
    worker.start()
    os.kill(os.getpid(), signal.SIGKILL)
`;

/** Things that a page presupposes: each exists before its first command. */
export const standIns: Readonly<Record<string, (reader: Reader) => Promise<void>>> = {
  async "README.md"(reader) {
    // The reader of the page works in the clone, which also has a program of the reader.
    for (const name of ["holdfast", "examples"])
      symlinkSync(join(project, name), join(reader.work, name));
  },

  async "docs/guides/gpus.md"(reader) {
    await reader.addGpus();
    reader.gpus.add("set 0 utilisation 97");
    reader.gpus.add("set 0 reasons 4");
    const taking = `echo "process 0 compute $$ 33930000000" >>"$NVML_STUB"`;
    await reader.type("sed -i 's/if .*:/if True:/' train.py");
    await reader.type(`holdfast submit -g 1 sh -c '${taking}; exec python3 train.py'`);
    await reader.interrupt("holdfast logs -f @");
  },

  async "docs/guides/history.md"(reader) {
    await reader.type("holdfast run -- python3 train.py");
  },

  async "docs/guides/orphans.md"(reader) {
    writeFileSync(join(reader.work, "pool.py"), killedPool);
    await reader.type("setsid --wait sh -c 'setsid python3 pool.py'");
  },

  async "docs/guides/store.md"(reader) {
    const set = join(
      reader.home,
      ".local/state/holdfast/quarantine/2026-11-30T11-42-07-118Z-store",
    );
    mkdirSync(set, { recursive: true, mode: 0o700 });
    writeFileSync(join(set, "reason.txt"), "the log of the database was cut\n");
  },
};
