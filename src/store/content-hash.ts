import { hash } from "node:crypto";

/** The first 160 bits of a SHA-256: of two texts that a machine ever has, none have the same. */
const bytes = 20;
/** As versions until schema 21 wrote it. */
const earlierLength = 64;

/** Names a text by its content. */
export function contentHash(text: string): string {
  return hash("sha256", text, "buffer").subarray(0, bytes).toString("base64url");
}

/** For migrations: the journal's later commits name what a migration made as it was named then. */
export function earlierHash(text: string): string {
  return hash("sha256", text, "hex");
}

/** Whether `name` names this text, in the present form or in that of earlier versions. */
export function isNameOf(name: unknown, text: string): boolean {
  if (typeof name !== "string") return false;
  return name.length === earlierLength ? earlierHash(text) === name : contentHash(text) === name;
}
