import { isSecret } from "../../job/secrets.ts";
import type { Context } from "../context.ts";

/** The store removes these values when their job ends. */
export function recogniseSecrets({ store, config }: Pick<Context, "store" | "config">): void {
  const { keep_secrets, secrets } = config.jobs;
  store.jobs.isSecret = (name, value) => !keep_secrets && isSecret(name, value, secrets);
}

/** Once for a store: jobs may have ended before secrets were removed at their end. Kept ones are not touched. */
export function removeOldSecrets({
  store,
  config,
  log,
}: Pick<Context, "store" | "config" | "log">): void {
  const isDone = store.marks.get("secrets-removed") === 1;
  const { keep_secrets } = config.jobs;
  if (isDone !== keep_secrets) return;
  try {
    store.commitNow("secrets", () => {
      if (!keep_secrets) store.jobs.removeSecretsOfEnded();
      // With those that are kept from now on it has to be done again.
      store.marks.set("secrets-removed", keep_secrets ? 0 : 1);
    });
  } catch (error) {
    // A full disk, or damage: the next start tries again.
    log.warn({ err: error }, "removing secrets of ended jobs");
  }
}
