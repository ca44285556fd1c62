import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { realClock } from "../../system/clock.ts";
import { scanHolders } from "../holders/scan.ts";
import { NvmlSession } from "../nvml/session.ts";
import { readAmd } from "../sysfs/amd.ts";
import { readDrm } from "../sysfs/drm.ts";
import { dieWithParent } from "./die-with-parent.ts";
import type { Line, Question } from "./questions.ts";

/**
 * The probe: queries the drivers for the server, in a process that may hang or crash instead of the
 * server. It keeps one NVML session open and ends when its input ends.
 */
const nvml = new NvmlSession(realClock, null);
const others = new Map<string, NvmlSession>();

async function answerTo(question: Question): Promise<unknown> {
  switch (question.ask) {
    case "nvml":
      return sessionWith(question.library).read();
    case "amd":
      return readAmd();
    case "drm":
      return readDrm();
    case "holders":
      return scanHolders(question.pids);
  }
}

async function main(): Promise<never> {
  await dieWithParent();
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    const { id, ...question } = JSON.parse(line) as { id: number } & Question;
    try {
      say({ id, answer: await answerTo(question) });
    } catch (error) {
      say({ id, failed: error instanceof Error ? error.message : String(error) });
    }
  }
  process.exit(0);
}

function sessionWith(library: string | null): NvmlSession {
  if (library === null) return nvml;
  const known = others.get(library) ?? new NvmlSession(realClock, library);
  others.set(library, known);
  return known;
}

function say(line: Line): void {
  const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at);
  } catch {
    process.exit(0); // the server has closed the pipe
  }
}

// A recognisable name for programs that list the processes with open devices, such as other
// servers' probes.
process.title = "holdfast-gpu";
void main();
