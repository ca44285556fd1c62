import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PeerProgram } from "./peer.ts";

const lab = join(import.meta.dirname, "slurm-lab");

/** A real Slurm on loopback with one node: a daemon for the controller and one for the node. */
export const slurm: PeerProgram = {
  package: "slurm-wlm munge",
  isInstalled: () => existsSync("/usr/sbin/slurmctld") && existsSync("/usr/sbin/munged"),
  async open({ slots, mark }) {
    // Its sockets have paths of at most 108 bytes.
    const folder = execFileSync("mktemp", ["-d", "/tmp/slurm-XXXXXX"], { encoding: "utf8" }).trim();
    const env = { ...process.env, ...mark, SLURM_CONF: join(folder, "slurm.conf") };
    execFileSync(lab, ["up", folder, String(slots)], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const version = execFileSync("/usr/bin/sbatch", ["--version"], {
      env,
      encoding: "utf8",
    }).trim();
    return {
      name: version.replace("slurm-wlm", "Slurm"),
      env,
      submit: (job) => [
        "/usr/bin/sbatch",
        "--parsable",
        "--output=/dev/null",
        "--mem=0",
        `--wrap=exec ${job.join(" ")}`,
      ],
      cancel: (id) => ["/usr/bin/scancel", id],
      close: async () => {
        execFileSync(lab, ["down", folder], { env, stdio: ["ignore", "ignore", "inherit"] });
      },
    };
  },
};
