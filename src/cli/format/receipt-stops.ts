import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration } from "../../contract/units.ts";
import { section, type Section } from "./page.ts";
import { timeBeside } from "./time.ts";

type Request = NonNullable<Receipt["stopRequests"]>[number];

/** Which process requested the stop, and how: `12:03:04  cancel, grace 10s, by curl 812 (uid 1000)`. */
export function receiptStops({ stopRequests = [], phases }: Receipt): Section {
  const lines = stopRequests.map((request) => {
    const time = timeBeside(request.atMs, phases[0]?.atMs ?? null);
    return `${time}  ${describeMethod(request)}, ${describeClient(request)}${describeDamage(request)}`;
  });
  return section("stop requests", lines);
}

function describeMethod({ number, reason, graceMs, prolong, refused }: Request): string {
  const name = reason.replaceAll("_", " ");
  // Nothing ran.
  if (number === 0) return name;
  if (graceMs === 0) return `${name}, KILL at once`;
  const grace = `grace ${formatDuration(graceMs)}`;
  if (refused !== undefined) return `${name}, ${grace}, not granted (${refused})`;
  return `${name}, ${grace}${prolong && number > 1 ? " from then on" : ""}`;
}

function describeDamage({ damaged = [] }: Request): string {
  if (damaged.length === 0) return "";
  return `; not certain, because the record is damaged: ${damaged.join(", ")}`;
}

function describeClient({ client }: Request): string {
  if (client === null) return "by a process that is not known";
  const { uid, pid, command, parent, says } = client;
  const name = command === null ? "a process" : command;
  const parts = [`by ${name}${pid === null ? "" : ` ${pid}`} (uid ${uid})`];
  if (parent !== null) parts.push(`started by ${parent.command} ${parent.pid}`);
  if (says !== null) parts.push(`calls itself "${says}"`);
  return parts.join(", ");
}
