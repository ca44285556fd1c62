import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { baseline, type Baseline, type DoctorReport } from "../contract/doctor.ts";
import { accept, refuse, type Result } from "../contract/problems.ts";
import { writeDurably } from "../system/durable-files.ts";
import { readRegularFile } from "../system/regular-file.ts";

const baselineBytes = 16 * 1024 * 1024;
const nameForm = /^[A-Za-z0-9][\w.-]{0,99}$/;

/** Recorded good runs, one file each. */
export class Baselines {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Replaces a baseline of the same name. Refuses with `invalid_request`; throws errors of the
   * disk.
   */
  async record(name: string, report: DoctorReport): Promise<Result<{ path: string }>> {
    if (!nameForm.test(name)) return badName(name);
    const { atMs, windowMs, jobId, verdicts, facets } = report;
    const record: Baseline = {
      version: 1,
      name,
      atMs,
      windowMs,
      jobId,
      verdicts: verdicts.map(({ verdict }) => verdict),
      figures: facets.flatMap(({ figures }) => figures),
    };
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    await writeDurably(this.#pathOf(name), `${JSON.stringify(record)}\n`);
    return accept({ path: this.#pathOf(name) });
  }

  /** Refuses with `invalid_request`, `no_such_baseline`, `unreadable_file`. */
  read(name: string): Result<Baseline> {
    if (!nameForm.test(name)) return badName(name);
    const path = this.#pathOf(name);
    let text: string;
    try {
      text = readRegularFile(path, baselineBytes);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return code === "ENOENT"
        ? refuse("no_such_baseline", { name })
        : refuse("unreadable_file", { path, what: code ?? (error as Error).message });
    }
    const parsed = baseline.safeParse(jsonOrNull(text));
    return parsed.success
      ? accept(parsed.data)
      : refuse("unreadable_file", {
          path,
          what: `not a valid baseline; replace it with: holdfast doctor --record ${name}`,
        });
  }

  #pathOf(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

function badName(name: string) {
  const what =
    "a baseline's name starts with a letter or digit and has up to 100 letters, digits, dots, dashes and underscores";
  return refuse("invalid_request", { where: name, what });
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
