import { readlinkSync } from "node:fs";

/**
 * The working directory. If it was removed, `process.cwd()` throws: then the path that it had. So
 * only what needs the folder fails, with a message that names it.
 */
export function currentFolder(env: NodeJS.ProcessEnv): string {
  try {
    return process.cwd();
  } catch {
    const shells = env["PWD"];
    if (shells?.startsWith("/") === true) return shells;
    return readlinkSync("/proc/self/cwd").replace(/ \(deleted\)$/, "");
  }
}
