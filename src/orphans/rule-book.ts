import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadRules } from "./load-rules.ts";
import type { Rule } from "./rule.ts";

/**
 * The rules, read again when a file in the folder changes. Matches are cached by the list of rules,
 * so unchanged rules remain the same object.
 */
export class RuleBook {
  readonly folder: string;
  #read: { stamp: string; rules: readonly Rule[] } | null = null;

  readonly #databases: readonly Rule[];

  /** `databases`: rules from the configuration, which is read only once. */
  constructor(folder: string, databases: readonly Rule[] = []) {
    this.folder = folder;
    this.#databases = databases;
  }

  /** Throws RefusalError `bad_rule`. */
  rules(): readonly Rule[] {
    const stamp = stampOf(this.folder);
    if (this.#read?.stamp !== stamp)
      this.#read = { stamp, rules: loadRules(this.folder, this.#databases) };
    return this.#read.rules;
  }
}

/** A value that changes whenever a file is written, added or removed. */
function stampOf(folder: string): string {
  try {
    return readdirSync(folder)
      .map((name) => {
        const found = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
        return `${name} ${found?.ino} ${found?.size} ${found?.mtimeNs}`;
      })
      .join("\n");
  } catch {
    return ""; // no folder; if it exists but cannot be read, loading the rules reports it
  }
}
