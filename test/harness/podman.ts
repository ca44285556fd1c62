import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const runs = (...args: [string, ...string[]]) =>
  spawnSync(args[0], args.slice(1), { stdio: "ignore" }).status === 0;

/** Whether containers can be run for real: podman with runc (crun refuses hybrid cgroups), as root, and a busybox for a root. */
// Asked for by name: that podman is installed does not say that it can make a container here.
export const hasPodman =
  process.env["HOLDFAST_TEST_PODMAN"] === "1" &&
  process.getuid?.() === 0 &&
  runs("podman", "--version") &&
  runs("runc", "--version") &&
  runs("busybox", "true");

/** Podman with its own storage, so that it cannot reach other containers. */
export class Podman {
  readonly #own = join(tmpdir(), `holdfast-podman-${randomUUID()}`);
  /** A root file system with a shell. */
  readonly root = join(this.#own, "root");
  /** A working directory with a file `note` in it. */
  readonly folder = join(this.#own, "work");
  readonly env: NodeJS.ProcessEnv = {
    CONTAINERS_CONF: join(this.#own, "containers.conf"),
    CONTAINERS_STORAGE_CONF: join(this.#own, "storage.conf"),
  };

  make(): void {
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, "note"), "from outside\n");
    writeFileSync(
      join(this.#own, "containers.conf"),
      // Podman's own number of descriptors is more than some machines let even root ask for.
      `[containers]\ndefault_ulimits=["nofile=1024:1024","nproc=1024:1024"]\n[engine]\nruntime="runc"\ncgroup_manager="cgroupfs"\nevents_logger="none"\ntmp_dir="${this.#own}/tmp"\n`,
    );
    writeFileSync(
      join(this.#own, "storage.conf"),
      `[storage]\ndriver="vfs"\ngraphroot="${this.#own}/storage"\nrunroot="${this.#own}/run"\n`,
    );
    mkdirSync(join(this.root, "bin"), { recursive: true });
    for (const name of ["sh", "sleep", "cat", "setsid"])
      copyFileSync("/usr/bin/busybox", join(this.root, "bin", name));
  }

  /** Runs podman to its end; what it wrote. */
  ask(...args: string[]): string {
    return this.#podman(...args).trim();
  }

  /** The ids of all containers that there are, running or not. */
  containers(): string {
    return this.#podman("ps", "--all", "--quiet");
  }

  remove(): void {
    this.#podman("rm", "--all", "--force");
    spawnSync("umount", ["--recursive", join(this.#own, "storage")], { stdio: "ignore" });
    rmSync(this.#own, { recursive: true, force: true });
  }

  #podman(...args: string[]): string {
    return spawnSync("podman", args, {
      env: { ...process.env, ...this.env },
      encoding: "utf8",
    }).stdout;
  }
}
