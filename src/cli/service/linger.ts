import { existsSync } from "node:fs";

/** Without linger a user's systemd, with every job in it, ends with the user's last session. */
export function hasLinger(user: string): boolean {
  return existsSync(`/var/lib/systemd/linger/${user}`);
}

export function lingerAdvice(user: string): string {
  return `sudo loginctl enable-linger ${user}   # else server and jobs end at the last logout`;
}
