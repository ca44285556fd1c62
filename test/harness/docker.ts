import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const docker = (...args: string[]) => spawnSync("docker", args, { encoding: "utf8" });

/** Whether a docker daemon answers (DOCKER_HOST says which), and there is a busybox for an image. */
export const hasDocker =
  docker("version", "--format", "{{.Server.Version}}").status === 0 &&
  existsSync("/usr/bin/busybox");

/** An image of its own in the machine's docker. */
export class Docker {
  readonly image = `holdfast-test:${process.pid}`;

  import(): void {
    const root = mkdtempSync(join(tmpdir(), "holdfast-image-"));
    mkdirSync(join(root, "bin"));
    for (const name of ["sh", "sleep", "cat", "setsid"])
      copyFileSync("/usr/bin/busybox", join(root, "bin", name));
    const tar = spawnSync("tar", ["-C", root, "-c", "."], { maxBuffer: 1 << 28 }).stdout;
    const made = spawnSync("docker", ["import", "-", this.image], { input: tar });
    rmSync(root, { recursive: true });
    if (made.status !== 0) throw new Error(made.stderr.toString());
  }

  /** The names of this project's containers, running or not. */
  containers(): string {
    return docker("ps", "--all", "--filter", "name=holdfast-", "--format", "{{.Names}}").stdout;
  }

  inspect(id: string, format: string): string {
    return docker("inspect", "--format", format, `holdfast-${id}`).stdout.trim();
  }

  remove(): void {
    docker("image", "rm", "--force", this.image);
  }
}
