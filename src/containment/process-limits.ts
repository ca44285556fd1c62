import { readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { notApplied, type AppliedLimit } from "../job/limits.ts";
import type { JobSpec } from "../job/spec.ts";

/** What this process, and so a keeper that it starts, may give to a job. */
export interface ProcessRights {
  /** A niceness below this is refused. */
  lowestNice: number;
  /** By the kernel's name; a hard limit above it is refused. Null: each may be raised. */
  hardLimits: ReadonlyMap<string, number> | null;
}

/** Of root: nothing is refused. */
export const everyRight: ProcessRights = { lowestNice: -20, hardLimits: null };

const capSysNice = 23n;
const capSysResource = 24n;

const kernelNames: Readonly<Record<string, string>> = {
  nofile: "Max open files",
  nproc: "Max processes",
  core: "Max core file size",
  memlock: "Max locked memory",
  stack: "Max stack size",
  as: "Max address space",
  fsize: "Max file size",
  cpu: "Max cpu time",
};

/** From /proc/self/status and /proc/self/limits. */
export function processRights(status: string, limits: string, niceness: number): ProcessRights {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  const has = (capability: bigint) => ((effective >> capability) & 1n) === 1n;
  const bounds = new Map(
    [...limits.matchAll(/^(Max .*?) {2,}(\S+) +(\S+)/gm)].map(([, name = "", soft, hard]) => [
      name,
      { soft: amount(soft), hard: amount(hard) },
    ]),
  );
  // The limit counts from 1 (niceness 19) to 40 (niceness -20).
  const granted = 20 - (bounds.get("Max nice priority")?.soft ?? 0);
  return {
    lowestNice: has(capSysNice) ? -20 : Math.min(niceness, granted),
    hardLimits: has(capSysResource)
      ? null
      : new Map([...bounds].map(([name, { hard }]) => [name, hard])),
  };
}

/** If /proc cannot be read, nothing is said to be refused: the exit record says what was. */
export function ownRights(): ProcessRights {
  try {
    const text = (name: string) => readFileSync(`/proc/self/${name}`, "utf8");
    return processRights(text("status"), text("limits"), getPriority());
  } catch {
    return everyRight;
  }
}

/**
 * Limits that the kernel enforces for each process separately. What is planned may still be refused: the exit
 * record says so.
 */
export function limitsOfTheProcess(
  { nice, rlimits }: Pick<JobSpec, "nice" | "rlimits">,
  rights: ProcessRights,
): AppliedLimit[] {
  const ofNice = (wanted: number): AppliedLimit =>
    wanted < rights.lowestNice
      ? {
          what: "nice",
          wanted,
          how: notApplied,
          why: `this server's user may not go below ${rights.lowestNice}`,
        }
      : { what: "nice", wanted, how: "nice", why: null };
  return [
    ...(nice === null ? [] : [ofNice(nice)]),
    ...Object.entries(rlimits).map(([name, wanted]): AppliedLimit => {
      const what = `rlimit ${name}`;
      const most = rights.hardLimits?.get(kernelNames[name] ?? "") ?? Infinity;
      return amount(wanted.split(":").at(-1)) > most
        ? {
            what,
            wanted,
            how: notApplied,
            why: `this server's user may not go above ${most}`,
          }
        : { what, wanted, how: "rlimit", why: "for each process separately" };
    }),
  ];
}

function amount(text: string | undefined): number {
  const number = Number(text);
  return Number.isNaN(number) || number < 0 ? Infinity : number;
}
