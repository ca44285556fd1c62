import type { EnvironmentValue } from "./inherited.ts";

/** Parts of names, between underscores, that stand for something that gives access. */
const parts =
  /(^|_)(SECRET|SECRETS|TOKEN|TOKENS|PASSWORD|PASSWD|PASSPHRASE|PASS|CREDENTIAL|CREDENTIALS|APIKEY|AUTH|COOKIE|KEY)(_|$)/i;
/** `scheme://user:password@host` */
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/**
 * Whether a variable is removed from the store when its job ends: by its name, its value, or because
 * the configuration names it. A name that gives access to nothing is removed in vain; that costs a
 * `--env` at the next retry.
 */
export function isSecret(name: string, value: EnvironmentValue, named: readonly string[]): boolean {
  if (named.includes(name) || parts.test(name)) return true;
  const text = typeof value === "string" ? value : Buffer.from(value.base64, "base64").toString();
  return urlWithPassword.test(text) || privateKey.test(text);
}
