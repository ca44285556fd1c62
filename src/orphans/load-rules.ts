import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { RefusalError } from "../contract/problems.ts";
import defaults from "./default-rules.toml";
import { NotRegular, readRegularFile } from "../system/regular-file.ts";
import { ruleFile, type Rule } from "./rule.ts";

const ruleFileBytes = 4 * 1024 * 1024;

/** The rules of a file. Throws RefusalError `bad_rule` with the place. */
export function readRules(text: string, from: string): Rule[] {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw badRule(from, (error as Error).message.split("\n")[0] ?? "not TOML");
  }
  const parsed = ruleFile.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw badRule(`${from} (${issue?.path.join(".") ?? ""})`, issue?.message ?? "not valid");
  }
  return parsed.data.rule.map((one) => Object.assign(one, { from }));
}

/**
 * The rules of databases, then those of the folder in the order of their files, then the built-in
 * ones. A rule replaces later ones of the same name. Throws RefusalError `bad_rule`.
 */
export function loadRules(folder: string, databases: readonly Rule[] = []): Rule[] {
  const own = tomlFilesIn(folder).flatMap((name) => {
    const path = join(folder, name);
    return readRules(textOf(path), path);
  });
  const asked = new Set(databases.map(({ name }) => name));
  const named = [...databases, ...own.filter(({ name }) => !asked.has(name))];
  const names = new Set(named.map(({ name }) => name));
  const builtIn = readRules(defaults, "built in").filter(({ name }) => !names.has(name));
  return [...named, ...builtIn];
}

function textOf(path: string): string {
  try {
    return readRegularFile(path, ruleFileBytes);
  } catch (error) {
    if (error instanceof NotRegular) throw badRule(path, `it ${error.what}`);
    throw error;
  }
}

function tomlFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".toml"))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function badRule(where: string, what: string): RefusalError {
  return new RefusalError({ code: "bad_rule", details: { where, what } });
}
