import type { Receipt } from "../../contract/receipt.ts";
import { formatDuration } from "../../contract/units.ts";
import { printable } from "./printable.ts";
import { timeBeside } from "./time.ts";

type Request = NonNullable<Receipt["stopRequests"]>[number];

/** Which process requested the stop, and how: `12:03:04  cancel, grace 10s, by curl 812 (uid 1000)`. */
export function receiptStops({ stopRequests = [], phases }: Receipt): string[] {
  if (stopRequests.length === 0) return [];
  const lines = stopRequests.map(
    (request) =>
      `    ${timeBeside(request.atMs, phases[0]?.atMs ?? null)}  ${howWords(request)}, ${clientWords(request)}${damageWords(request)}`,
  );
  return ["  stop requests", ...lines];
}

function howWords({ number, reason, graceMs, prolong, refused }: Request): string {
  const name = reason.replaceAll("_", " ");
  // Nothing ran.
  if (number === 0) return name;
  if (graceMs === 0) return `${name}, KILL at once`;
  const grace = `grace ${formatDuration(graceMs)}`;
  if (refused !== undefined) return `${name}, ${grace}, not granted (${printable(refused)})`;
  return `${name}, ${grace}${prolong && number > 1 ? " from then on" : ""}`;
}

function damageWords({ damaged = [] }: Request): string {
  if (damaged.length === 0) return "";
  return `; not certain, because the record is damaged: ${damaged.map(printable).join(", ")}`;
}

function clientWords({ client }: Request): string {
  if (client === null) return "by a process that is not known";
  const { uid, pid, command, parent, says } = client;
  const name = command === null ? "a process" : printable(command);
  const parts = [`by ${name}${pid === null ? "" : ` ${pid}`} (uid ${uid})`];
  if (parent !== null) parts.push(`started by ${printable(parent.command)} ${parent.pid}`);
  if (says !== null) parts.push(`calls itself "${printable(says)}"`);
  return parts.join(", ");
}
