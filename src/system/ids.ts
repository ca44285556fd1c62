import { randomBytes, randomUUID } from "node:crypto";

/** Where identifiers come from, so that a test can know them. */
export interface Ids {
  /** A uuid, version 4. */
  uuid(): string;
  /** 32 hex digits that cannot be guessed. */
  nonce(): string;
}

export const realIds: Ids = {
  uuid: () => randomUUID(),
  nonce: () => randomBytes(16).toString("hex"),
};
