import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const runs = (...args: [string, ...string[]]) =>
  spawnSync(args[0], args.slice(1), { stdio: "ignore" }).status === 0;

/** Asked for by name: that apptainer is installed does not say that it can make a container here. */
export const hasApptainer =
  process.env["HOLDFAST_TEST_APPTAINER"] === "1" &&
  runs("apptainer", "--version") &&
  runs("busybox", "true");

/** A root file system with a shell, and a working directory with a file `note` in it. */
export class ApptainerImage {
  readonly #own = join(tmpdir(), `holdfast-apptainer-${randomUUID()}`);
  readonly root = join(this.#own, "root");
  readonly folder = join(this.#own, "work");

  make(): void {
    for (const name of ["bin", "etc", "proc", "sys", "dev", "tmp", "root", "home", "var/tmp"])
      mkdirSync(join(this.root, name), { recursive: true });
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, "note"), "from outside\n");
    writeFileSync(join(this.root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    for (const name of ["group", "hosts", "resolv.conf", "nsswitch.conf", "localtime"])
      writeFileSync(join(this.root, "etc", name), "");
    for (const name of ["sh", "sleep", "cat", "setsid"])
      copyFileSync("/usr/bin/busybox", join(this.root, "bin", name));
  }

  remove(): void {
    rmSync(this.#own, { recursive: true, force: true });
  }
}
