import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { programs } from "../../scripts/bundle.ts";

const project = resolve(import.meta.dirname, "../..");
const copied = [
  "holdfast",
  "scripts",
  "native/client",
  // Built already: compiling it takes longer than everything else here.
  "build/client",
  "toolchain",
  "package.json",
  "package-lock.json",
  "tsconfig.json",
];

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A checkout with the real launcher and set-up around a program of one line and a keeper that does
 * nothing, so that setting it up takes half a second and no network.
 */
export class Checkout {
  readonly #folder = mkdtempSync(join(tmpdir(), "holdfast launcher-"));
  path = join(this.#folder, "checkout");
  #uid: number | null = null;
  readonly #started: ChildProcess[] = [];
  /** This Node is new enough, so the set-up has none to download. */
  env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
  };

  constructor() {
    mkdirSync(this.path);
    for (const name of copied) cpSync(join(project, name), this.file(name), { recursive: true });
    symlinkSync(join(project, "node_modules"), this.file("node_modules"));
    this.write("native/keeper/keeper.c", "int main(void) { return 0; }\n");
    this.write("native/keeper/Makefile", "all:\n\tcc -o $(OUT)/holdfast-keeper keeper.c\n");
    for (const entry of Object.values(programs)) this.write(entry, "export {};\n");
    this.write("src/cli/grammar/hosted.ts", "export const hostedCommands = [];\n");
    this.program("first");
  }

  /** Makes the program print this word and its arguments. */
  program(word: string): void {
    this.write(
      "src/cli/main.ts",
      `console.log("${word}", JSON.stringify(process.argv.slice(2)));\n`,
    );
  }

  /** As git has it checked out. */
  commit(id: string): void {
    this.write(".git/HEAD", "ref: refs/heads/main\n");
    this.write(".git/refs/heads/main", `${id}\n`);
  }

  /** A `make` that reports its start and waits to be let on before it does what make does. */
  gateMake(): MakeGate {
    const gate = new MakeGate(this);
    this.env = { ...this.env, PATH: [gate.folder, this.env["PATH"]].join(delimiter) };
    return gate;
  }

  /** Leaves only these programs on the path. */
  onlyPrograms(names: string[]): void {
    const bin = join(this.#folder, "bin");
    mkdirSync(bin);
    for (const name of names) {
      const found = execFileSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" });
      symlinkSync(found.trim(), join(bin, name));
    }
    this.env = { PATH: bin };
  }

  /** An npm of the user's own, which installs by a link and keeps which configuration it was given. */
  fakeNpm(): void {
    const installed = join(project, "node_modules");
    this.write(
      "npm/npm",
      [
        "#!/bin/sh",
        `[ "$1" != config ] || { echo "\${PATH%%:*}/npmrc"; exit; }`,
        `echo "$npm_config_globalconfig" >'${this.file("npm/seen")}'`,
        `ln -s '${installed}' node_modules`,
        "",
      ].join("\n"),
    );
    chmodSync(this.file("npm/npm"), 0o755);
    const { npm_config_globalconfig: _, ...env } = this.env;
    this.env = { ...env, PATH: [this.file("npm"), this.env["PATH"]].join(delimiter) };
  }

  /** Lets the set-up find no Node on the path except the one it has downloaded. */
  bringNode(): void {
    const { version } = process;
    const name = `node-linux-${process.arch === "arm64" ? "arm64" : "x64"}`;
    const own = this.file(`.toolchain/${name}-${version.slice(1)}/bin`);
    mkdirSync(own, { recursive: true });
    symlinkSync(process.execPath, join(own, "node"));
    const pinned = { optionalDependencies: { [name]: version.slice(1) } };
    this.write("toolchain/package.json", JSON.stringify(pinned, null, 2));
    this.onlyPrograms("sh cc as ld make uname sed rm mkdir mv ln readlink flock sync".split(" "));
  }

  /** The same files, seen at another path only. */
  moveAway(): void {
    const elsewhere = join(this.#folder, "elsewhere");
    renameSync(this.path, elsewhere);
    this.path = elsewhere;
  }

  /** Starts as this user from now on; the user may read everything and write nothing. */
  asUser(uid: number): void {
    chmodSync(this.#folder, 0o755);
    this.#uid = uid;
    this.env = { ...this.env, HOLDFAST_STATE_DIR: tmpdir() };
  }

  /** Belongs to this user from now on; the user also starts it. */
  givenTo(uid: number): void {
    this.asUser(uid);
    execFileSync("chown", ["-R", String(uid), this.path]);
  }

  /** Starts as root from now on. */
  asRoot(): void {
    this.#uid = null;
  }

  start(args: string[] = [], launcher = this.file("holdfast"), cwd = this.path): ChildProcess {
    const child = spawn(launcher, args, {
      cwd,
      env: this.env,
      detached: true,
      ...(this.#uid === null ? {} : { uid: this.#uid, gid: this.#uid }),
    });
    this.#started.push(child);
    return child;
  }

  async run(args: string[] = [], launcher?: string, cwd?: string): Promise<Ended> {
    return ended(this.start(args, launcher, cwd));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.file(name)), { recursive: true });
    writeFileSync(this.file(name), text);
  }

  /** Ends what a failed test left running, each launcher with its own process group. */
  async remove(): Promise<void> {
    for (const child of this.#started) {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      process.kill(-child.pid, "SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.#folder, { recursive: true });
  }
}

class MakeGate {
  readonly folder: string;
  readonly #pipe: string;
  readonly starts: string;

  constructor(checkout: Checkout) {
    this.folder = checkout.file("gated");
    this.#pipe = checkout.file("gated/pipe");
    this.starts = checkout.file("gated/starts");
    const real = execFileSync("sh", ["-c", "command -v make"], { encoding: "utf8" }).trim();
    checkout.write(
      "gated/make",
      `#!/bin/sh\necho start >>'${this.starts}'\nread -r _ <'${this.#pipe}'\nexec ${real} "$@"\n`,
    );
    chmodSync(checkout.file("gated/make"), 0o755);
    execFileSync("mkfifo", [this.#pipe]);
  }

  /** Resolves once make has started and waits. */
  async reached(): Promise<{ letOn(): Promise<void>; giveUp(): Promise<void> }> {
    const pipe = await open(this.#pipe, "w"); // returns when make opens the other end
    return {
      async letOn() {
        await pipe.write("go\n");
        await pipe.close();
      },
      giveUp: () => pipe.close(),
    };
  }
}

/** Waits for the end of a launcher and for its output. */
export async function ended(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** Resolves once the launcher has printed this on stderr. */
export async function says(child: ChildProcess, message: string): Promise<void> {
  let heard = "";
  for await (const text of child.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    heard += String(text);
    if (heard.includes(message)) return;
  }
  throw new Error(`the launcher ended without saying "${message}", but: ${heard}`);
}
