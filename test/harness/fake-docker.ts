import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const program = resolve(import.meta.dirname, "../fixtures/fake-docker.py");

/** A daemon that keeps containers as its own children, and a `docker` that talks to it. */
export class FakeDocker {
  readonly #folder = join(tmpdir(), `holdfast-docker-${randomUUID()}`);
  #daemon: ChildProcess | null = null;

  /** The environment with which this docker is found. */
  get env(): NodeJS.ProcessEnv {
    return { PATH: `${this.#folder}/bin:${process.env["PATH"]}`, FAKE_DOCKER: this.#folder };
  }

  async start(): Promise<void> {
    mkdirSync(join(this.#folder, "bin"), { recursive: true });
    symlinkSync(program, join(this.#folder, "bin/docker"));
    const daemon = spawn("/usr/bin/python3", [program, "daemon", this.#folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#daemon = daemon;
    await once(daemon.stdout, "data");
  }

  /** From now on the daemon cannot be reached; its containers keep running. */
  vanish(): void {
    writeFileSync(join(this.#folder, "unreachable"), "");
  }

  comeBack(): void {
    rmSync(join(this.#folder, "unreachable"), { force: true });
  }

  async stop(): Promise<void> {
    const daemon = this.#daemon;
    if (daemon !== null) {
      daemon.stdin?.end();
      if (daemon.exitCode === null) await once(daemon, "exit");
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
