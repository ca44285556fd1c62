import type { EnvironmentValue } from "../job/inherited.ts";

/** `NAME=VALUE` as the kernel gets it. */
export function assignment(name: string, value: EnvironmentValue): Buffer {
  return Buffer.concat([
    Buffer.from(`${name}=`),
    typeof value === "string" ? Buffer.from(value) : Buffer.from(value.base64, "base64"),
  ]);
}
