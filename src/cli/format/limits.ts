import type { Health, Job } from "../../client/client.ts";
import { formatSize } from "../../contract/units.ts";
import type { Fact } from "./page.ts";

/** Limits that are counted in bytes. */
const sizes: ReadonlySet<string> = new Set(["memory", "memory_high", "swap"]);

/** `memory 16GiB by memory.max`, `io weight 50 not applied: no io controller` */
export function describeLimit({ what, wanted, how, why }: Job["limits"][number]): string {
  const amount =
    typeof wanted === "number" && sizes.has(what) ? formatSize(wanted) : String(wanted);
  return `${name(what)} ${amount} ${means(how, why)}`;
}

/** `memory by memory.max` */
export function describeAbility({ what, how, why }: Health["limits"][number]): string {
  return `${name(what)} ${means(how, why)}`;
}

/** One line each, the first with the label. */
export function limitFacts(lines: readonly string[]): Fact[] {
  return lines.map((line, index) => [index === 0 ? "limits" : "", line]);
}

function name(what: string): string {
  return what.replaceAll("_", " ");
}

function means(how: string, why: string | null): string {
  const message = how === "not applied" || how === "polled" ? how : `by ${how}`;
  return why === null ? message : `${message}: ${why}`;
}
