// The steps after Node itself. Run by scripts/set-up, which holds the lock; see there.
import { rmSync } from "node:fs";
import { installDependencies } from "./dependencies.ts";
import { buildNative, nativeInputs } from "./native.ts";
import { fileSystemNowMs, writeStamp } from "./stamp.ts";
import { SetUpFailure } from "./step.ts";

async function setUp(wanted: string): Promise<void> {
  const beganMs = fileSystemNowMs();
  await installDependencies();
  if (wanted === "dependencies") return;
  rmSync("build/stamp", { force: true });
  await buildNative();
  // Loaded only now: it needs esbuild, which the line above may just have installed.
  const { bundle } = await import("./bundle.ts");
  const { inputs, id } = await bundle();
  // From the grammar itself, so that no second list of verbs exists.
  const { hostedCommands } = await import("../src/cli/grammar/hosted.ts");
  writeStamp({ inputs: [...nativeInputs(), ...inputs], id, hosted: hostedCommands, beganMs });
}

try {
  await setUp(process.argv[2] ?? "build");
} catch (error) {
  if (!isForTheUser(error)) throw error;
  process.stderr.write(`holdfast: ${error.message}\n`);
  process.exitCode = 1;
}

/** What a person can do something about, such as a full disk; anything else is a bug. */
function isForTheUser(error: unknown): error is Error {
  return error instanceof SetUpFailure || (error instanceof Error && "syscall" in error);
}
