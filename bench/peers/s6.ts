import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { PeerProgram } from "./peer.ts";

/**
 * A supervisor without a queue: a job is a service that is run once. What a user would write to submit
 * one is this script; it makes the service's folder and has it found.
 */
const script = `#!/bin/sh
set -eu
scan=$1
shift
service=$(mktemp -d "$scan/.new-XXXXXX")
{
  echo '#!/bin/sh'
  echo 's6-svc -O .'
  printf 'exec'
  for word do printf " '%s'" "$word"; done
  echo
} >"$service/run"
chmod 755 "$service/run" "$service"
name=\${service##*/.new-}
mv "$service" "$scan/$name"
s6-svscanctl -a "$scan"
echo "$scan/$name"
`;

export const s6: PeerProgram = {
  package: "s6",
  isInstalled: () => existsSync("/usr/bin/s6-svscan"),
  async open({ folder, mark }) {
    const scan = join(folder, "scan");
    const submit = join(folder, "submit");
    mkdirSync(scan);
    writeFileSync(submit, script, { mode: 0o755 });
    const env = { ...process.env, ...mark };
    const scanner = spawn("/usr/bin/s6-svscan", ["-c", "1000", scan], { env, stdio: "ignore" });
    while (!existsSync(join(scan, ".s6-svscan/control"))) await delay(5);
    return {
      name: "s6",
      env,
      submit: (job) => [submit, scan, ...job],
      cancel: (id) => ["/usr/bin/s6-svc", "-d", id],
      async close() {
        const ended = once(scanner, "exit");
        scanner.kill("SIGTERM");
        await ended;
      },
    };
  },
};
