import type { App, ServerParts } from "../parts.ts";
import { addAdopt } from "./adopt.ts";
import { addCancel } from "./cancel.ts";
import { addHold } from "./hold.ts";
import { addKill } from "./kill.ts";
import { addList } from "./list.ts";
import { addPause } from "./pause.ts";
import { addRelease } from "./release.ts";
import { addRemove } from "./remove.ts";
import { addResume } from "./resume.ts";
import { addRetry } from "./retry.ts";
import { addShow } from "./show.ts";
import { addSubmit } from "./submit.ts";

/** What can be asked of jobs, a file for each. In the order of the API's document. */
const verbs = [
  addSubmit,
  addList,
  addShow,
  addRemove,
  addCancel,
  addKill,
  addAdopt,
  addRetry,
  addHold,
  addRelease,
  addPause,
  addResume,
];

export function addJobVerbs(app: App, parts: ServerParts): void {
  for (const add of verbs) add(app, parts);
}
