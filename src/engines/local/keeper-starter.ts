import { rootsOf, type CgroupRoots } from "../../containment/cgroup-roots.ts";
import { removeRoot } from "../../containment/cgroup-root.ts";
import { placeKeepers, type PlacementOptions } from "../../containment/keeper-placement.ts";
import { RecordedRoots } from "../../containment/recorded-roots.ts";
import { Spawner } from "../../containment/spawner.ts";
import { RefusalError } from "../../contract/problems.ts";

const roomCheckMs = 5000;
/** They pass. */
const shortages = new Set(["EAGAIN", "ENOMEM", "EMFILE", "ENFILE"]);

export interface KeeperStarterOptions extends PlacementOptions {
  onComplaint: (text: string) => void;
  /** The record of where groups were made. */
  rootsFile: string;
}

/** The process that starts keepers, and the groups that go with it: both are set up, and lost, together. */
export class KeeperStarter {
  readonly spawner: Spawner;
  readonly #options: KeeperStarterOptions;
  readonly #recorded: RecordedRoots;
  #cgroupRoots: CgroupRoots = { v2: null, v1: new Map(), why: "not looked yet", missing: null };
  #closed = false;

  constructor(options: KeeperStarterOptions) {
    this.#options = options;
    this.#recorded = new RecordedRoots(options.rootsFile, options.instance);
    this.spawner = new Spawner(
      async () => {
        const { child, cgroupRoots } = await placeKeepers(options);
        this.#cgroupRoots = cgroupRoots;
        this.#recording(() => this.#recorded.begin(cgroupRoots, options.clock.nowMs()));
        return child;
      },
      options.clock,
      options.onComplaint,
    );
  }

  /** Where groups can be made now. */
  get cgroupRoots(): CgroupRoots {
    return this.#cgroupRoots;
  }

  /**
   * If the machine has no process, descriptor or memory to spare, it opens all the same: running attempts have to
   * be followed, and the next launches try again. Throws RefusalError `server_did_not_start` when no keeper can be
   * started for another reason.
   */
  async open(): Promise<void> {
    try {
      await this.spawner.ready();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== undefined && shortages.has(code)) {
        this.#options.onComplaint(`the program that starts keepers: ${code}; launches wait`);
        this.#findRoom(code);
        return;
      }
      const what = `no keeper could be started: ${(error as Error).message}`;
      throw new RefusalError({ code: "server_did_not_start", details: { what } }, { cause: error });
    }
  }

  close(): void {
    this.#closed = true;
    this.spawner.close();
    // Where the disk did not take the record.
    for (const root of rootsOf(this.#cgroupRoots)) removeRoot(root);
    this.#recording(() => this.#recorded.end());
  }

  /** Without a record jobs run as well. */
  #recording(step: () => void): void {
    try {
      step();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const what = "groups that a killed server leaves may stay until a reboot";
      this.#options.onComplaint(`${this.#options.rootsFile}: ${code ?? String(error)}: ${what}`);
    }
  }

  #findRoom(code: string): void {
    const why = `not known yet: no process could be started (${code}); it is retried automatically`;
    this.#cgroupRoots = { ...this.#cgroupRoots, why };
    this.#options.clock.after(roomCheckMs, () => {
      if (this.#closed) return;
      this.spawner
        .ready()
        .catch((error: unknown) =>
          this.#findRoom((error as NodeJS.ErrnoException).code ?? String(error)),
        );
    });
  }
}
