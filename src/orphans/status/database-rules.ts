import type { StatusDatabase } from "../../contract/status-database.ts";
import type { Rule } from "../rule.ts";

/**
 * A rule for each `[orphans.status.NAME]`: a process that matches it names a job, whose status is
 * queried there.
 */
export function databaseRules(
  databases: Readonly<Record<string, StatusDatabase>>,
  configFile: string,
): Rule[] {
  return Object.entries(databases).map(([name, database]) => {
    const { environment, signature, action } = database;
    return {
      name,
      about: `processes that name a job of database ${name}`,
      signature: [...(environment === undefined ? [] : [{ environment }]), ...signature],
      lineage: false,
      worker: false,
      holds_gpu: false,
      action,
      database,
      from: `${configFile} (orphans.status.${name})`,
    };
  });
}
