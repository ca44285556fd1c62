import { counted } from "../../contract/counted.ts";
import type { Job } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import { idRanges } from "../format/id-ranges.ts";
import { printable } from "../format/printable.ts";
import { canBeCutShort, remediesFor, describeSurvivor } from "../format/stopping.ts";

/** More jobs than this whose stop proceeds normally are reported together. */
const mostApart = 5;

/** One refusal for each job whose end is not proven; jobs whose stop proceeds normally may share one. */
export function unprovenOnes(jobs: readonly Job[]): RefusalError[] {
  const ordinary = jobs.filter(({ stopping, message }) => !stopping?.stuck && message === null);
  if (ordinary.length <= mostApart) return jobs.map(unproven);
  const ids = idRanges(ordinary.map(({ id }) => id));
  const what = `${ordinary.length} jobs are still being stopped; holdfast wait ${ids} waits for the proof`;
  return [
    ...jobs.filter((job) => !ordinary.includes(job)).map(unproven),
    new RefusalError({ code: "death_unproven", details: { what } }),
  ];
}

function unproven({ id, stopping, message }: Job): RefusalError {
  if (stopping?.stuck === true) {
    const processes =
      stopping.container === null
        ? stopping.survivors.map(describeSurvivor).join(", ")
        : `its ${stopping.container.runtime} container (${stopping.container.message})`;
    const remedies = stopping.container === null ? remediesFor(stopping.survivors) : [];
    const what = [
      `It is stuck on ${processes}`,
      ...remedies.map((remedy) => `to end it: ${remedy}`),
      "the stop continues, and its GPUs remain assigned",
      `holdfast show ${id} shows more, holdfast wait ${id} waits for the proof`,
    ].join("; ");
    return new RefusalError({ code: "death_unproven", details: { what } });
  }
  const isHeldUp = stopping?.phase === "asked" && message !== null;
  const kill = canBeCutShort(stopping) && !isHeldUp ? `, holdfast kill ${id} cuts it short` : "";
  // What is waited for when nothing lives says that nothing lives.
  const left = stopping?.phase === "recording" && message !== null ? "" : leftMessage(stopping);
  const why = message === null ? "" : ` (${printable(message)})`;
  const what = `It is still being stopped${left}${why}; holdfast wait ${id} waits for the proof${kill}`;
  return new RefusalError({ code: "death_unproven", details: { what } });
}

/** Empty until processes have been counted. */
function leftMessage(stopping: Job["stopping"]): string {
  if (stopping === null) return "";
  if (stopping.gpus.length > 0) return " (waiting for GPU memory)";
  const { phase, left, total } = stopping;
  if (phase === "recording") return " (every process has ended)";
  return left === null || total === null
    ? ""
    : ` (${left} of ${counted(total, "process", "processes")} left)`;
}
