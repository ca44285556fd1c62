import { counted } from "../../contract/counted.ts";
import type { Job } from "../../client/client.ts";
import { RefusalError } from "../../contract/problems.ts";
import { idRanges } from "../format/id-ranges.ts";
import { printable } from "../format/printable.ts";
import { canBeCutShort, remediesFor, survivorWords } from "../format/stopping.ts";

/** More jobs than this whose stop goes on as it should are reported together. */
const mostApart = 5;

/** One refusal for each job whose death is not proven, or for those together that are only not done yet. */
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
    const who =
      stopping.container === null
        ? stopping.survivors.map(survivorWords).join(", ")
        : `its ${stopping.container.runtime} container (${stopping.container.words})`;
    const remedies = stopping.container === null ? remediesFor(stopping.survivors) : [];
    const what = [
      `It is stuck on ${who}`,
      ...remedies.map((remedy) => `to end it: ${remedy}`),
      "the stop goes on by itself and its GPUs stay taken",
      `holdfast show ${id} tells more, holdfast wait ${id} waits for the proof`,
    ].join("; ");
    return new RefusalError({ code: "death_unproven", details: { what } });
  }
  const isHeldUp = stopping?.phase === "asked" && message !== null;
  const kill = canBeCutShort(stopping) && !isHeldUp ? `, holdfast kill ${id} cuts it short` : "";
  const why = message === null ? "" : ` (${printable(message)})`;
  const what = `It is still being stopped${leftWords(stopping)}${why}; holdfast wait ${id} waits for the proof${kill}`;
  return new RefusalError({ code: "death_unproven", details: { what } });
}

/** Nothing about counts that nothing has been counted for yet. */
function leftWords(stopping: Job["stopping"]): string {
  if (stopping === null) return "";
  if (stopping.gpus.length > 0) return " (waiting for GPU memory)";
  const { left, total } = stopping;
  return left === null || total === null
    ? ""
    : ` (${left} of ${counted(total, "process", "processes")} left)`;
}
