import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadRules } from "./load-rules.ts";
import type { Rule } from "./rule.ts";

/**
 * The rules, read again when a file of the folder has changed. What a command fits is remembered by
 * the list of rules, so the same rules are the same object.
 */
export class RuleBook {
  readonly folder: string;
  #read: { stamp: string; rules: readonly Rule[] } | null = null;

  readonly #databases: readonly Rule[];

  /** `databases`: rules from the configuration, which is read once. */
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

/** What changes with every file that is written, put in or taken away. */
function stampOf(folder: string): string {
  try {
    return readdirSync(folder)
      .map((name) => {
        const found = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false });
        return `${name} ${found?.ino} ${found?.size} ${found?.mtimeNs}`;
      })
      .join("\n");
  } catch {
    return ""; // no rules of one's own; where there is a folder that cannot be read, loading says so
  }
}
