import {
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";

export interface Rotation {
  /** From this size on the file is rotated; 0: never. */
  bytes: number;
  /** How many earlier files are kept, as `PATH.1` (the newest) and so on. */
  keep: number;
}

/**
 * Copies a file that is appended to into `PATH.1` and empties it. The file itself stays, because other
 * descriptors are open on it: what Node writes when it crashes goes to the descriptor that this process was
 * started with. It is emptied only when the copy is complete. Throws what the file system says.
 */
export function rotate(path: string, file: number, keep: number): void {
  if (!isAt(path, file)) return;
  if (keep > 0) {
    const unfinished = `${path}.unfinished`;
    try {
      copyFileSync(path, unfinished, constants.COPYFILE_FICLONE);
      for (let number = keep; number > 1; number -= 1)
        if (existsSync(`${path}.${number - 1}`))
          renameSync(`${path}.${number - 1}`, `${path}.${number}`);
      renameSync(unfinished, `${path}.1`);
    } finally {
      rmSync(unfinished, { force: true });
    }
  }
  ftruncateSync(file, 0);
}

/** Another file may be there by now, or none: it is not this program's. */
function isAt(path: string, file: number): boolean {
  const [own, found] = [fstatSync(file), statSync(path, { throwIfNoEntry: false })];
  return found !== undefined && found.ino === own.ino && found.dev === own.dev;
}
