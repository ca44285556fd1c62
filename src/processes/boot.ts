import { readFileSync } from "node:fs";

let known: string | null = null;

/** The kernel's id of this boot. Identities recorded under another id name no process. */
export function bootId(): string {
  known ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return known;
}
