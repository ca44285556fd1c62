import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { engineSteps } from "../../src/engines/engine-failpoints.ts";
import { commitSteps } from "../../src/store/steps.ts";
import { buildFolder } from "../containment/private-server.ts";

const src = join(import.meta.dirname, "../../src");

/** Each `failpoint("name")` in the sources, with its file. */
export function namedInSources(): { name: string; file: string }[] {
  return readdirSync(src, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .flatMap((file) =>
      [...readFileSync(join(src, file), "utf8").matchAll(/\bfailpoint\("([a-z._]+)"\)/g)].map(
        ([, name = ""]) => ({ name, file }),
      ),
    );
}

/** Every failpoint of the server: derived from its lists of steps, and those named by hand. */
export function serverPoints(): string[] {
  return [
    ...commitSteps.flatMap((step) => [`${step}.before`, `${step}.inside`, `${step}.after`]),
    ...engineSteps.flatMap((step) => [`${step}.before`, `${step}.after`]),
    ...namedInSources().map(({ name }) => name),
  ];
}

export const realKeeper = join(buildFolder, "keeper/holdfast-keeper");
export const faultyKeeper = join(buildFolder, "keeper/holdfast-keeper-faulty");

/** Every failpoint of the keeper, as the keeper lists them. */
export function keeperPoints(): string[] {
  return execFileSync(faultyKeeper, ["failpoints"], { encoding: "utf8" }).trim().split("\n");
}

/** Arguments for the keeper program to signal one process by its identity. */
export function signalArguments(
  signal: string,
  bootId: string,
  { pid, start, inode }: { pid: number; start: number; inode?: number },
): string[] {
  const identity = `--pid ${pid} --start ${start}${inode === undefined ? "" : ` --inode ${inode}`}`;
  return `signal --boot ${bootId} --signal ${signal} ${identity}`.split(" ");
}
