import type { KeeperClaim, ProcessIdentity } from "../contract/keeper.ts";
import type { Socket } from "node:net";
import type { Reached } from "./keeper-link.ts";
import { bootId } from "../processes/boot.ts";
import { hidesProcesses } from "../processes/pids-in-namespaces.ts";
import { isFinished, readStat } from "../processes/proc-stat.ts";
import { runToEnd } from "../system/child.ts";

export type SignalAnswer = "sent" | "gone" | "changed" | "denied" | "error";

/** Null: it has gone. `unknown`: it exists, and this user cannot read which process it is. */
export type Identified = ProcessIdentity | "unknown" | null;

/**
 * Signals to processes that no keeper stops (a lost keeper's survivors). Node has
 * no pidfd, so the keeper program does it: it opens a pidfd, compares the identity,
 * and signals through the pidfd. `changed`: the pid belongs to another process now
 * and nothing was sent.
 */
export class Signals {
  readonly #keeper: string;

  constructor(keeperProgram: string) {
    this.#keeper = keeperProgram;
  }

  /** One answer per identity, in order. Signal 0 only checks. */
  async send(
    boot: string,
    identities: readonly ProcessIdentity[],
    signal: number,
  ): Promise<SignalAnswer[]> {
    if (identities.length === 0) return [];
    const input = identities
      .map(({ pid, start, inode }) => `${pid} ${start} ${inode} ${signal}\n`)
      .join("");
    const { stdout } = await runToEnd(this.#keeper, ["signal", "--boot", boot], {
      input,
      timeoutMs: 30_000,
    });
    const lines = stdout.trimEnd().split("\n");
    return identities.map(({ pid }, index) => {
      const [answered, word] = (lines[index] ?? "").split(" ");
      return Number(answered) === pid && isAnswer(word) ? word : "error";
    });
  }

  /**
   * The process that listens at the other end of a connected socket, from the kernel; null if none does
   * any more. Its start is null where proc hides it.
   */
  async peerOf(
    socket: Socket,
  ): Promise<(Omit<ProcessIdentity, "start"> & { start: number | null }) | null> {
    const { code, stdout } = await runToEnd(this.#keeper, ["peer"], {
      timeoutMs: 30_000,
      third: socket,
    });
    const [pid, start, inode] = stdout.split(" ");
    if (code !== 0 || start === undefined || start.startsWith("gone")) return null;
    return {
      pid: Number(pid),
      start: start === "unknown" ? null : Number(start),
      inode: Number(inode),
    };
  }

  /** Whether that keeper was reached: by its claim if it still has its first socket, else according to the kernel. */
  async isKeeper(
    { socket, inode }: Reached,
    { keeper: expected, socket: own }: KeeperClaim,
  ): Promise<boolean> {
    if (inode === own) return true;
    const peer = await this.peerOf(socket);
    if (peer === null || peer.pid !== expected.pid) return false;
    // Without a start only the inode distinguishes processes; 0: the kernel does not number them.
    if (peer.start === null) return peer.inode !== 0 && peer.inode === expected.inode;
    return peer.start === expected.start;
  }

  /**
   * Whether that process lives. If the check itself fails, its start time decides: what may live does
   * not count as gone.
   */
  async lives(identity: ProcessIdentity): Promise<boolean> {
    // Most of these processes have ended, and this is a hundred times cheaper than starting a program.
    if (hasEnded(identity)) return false;
    const [answer] = await this.send(bootId(), [identity], 0);
    return answer !== "gone" && answer !== "changed";
  }

  /**
   * The full identity of living processes, pidfd inode included; null for those that are gone, `unknown`
   * for those that exist and that proc hides. Throws if the keeper program does not answer: that says
   * nothing about the processes.
   */
  async identify(pids: readonly number[]): Promise<Identified[]> {
    if (pids.length === 0) return [];
    const { code, signal, stdout } = await runToEnd(this.#keeper, ["identify"], {
      input: pids.map((pid) => `${pid}\n`).join(""),
      timeoutMs: 30_000,
    });
    const lines = stdout.trimEnd().split("\n");
    return pids.map((pid, index) => {
      const [answered, start, inode] = (lines[index] ?? "").split(" ");
      if (start === "gone") return null;
      if (start === "unknown") return "unknown";
      if (Number(answered) !== pid || start === undefined)
        throw Object.assign(
          new Error(`holdfast-keeper identify ${pid}: no answer (${signal ?? code})`),
          { code: "ETIMEDOUT" },
        );
      return { pid, start: Number(start), inode: Number(inode ?? 0) };
    });
  }
}

/** False as well if proc may hide it: an ordinary user's keeper is among the processes that it hides. */
function hasEnded({ pid, start }: ProcessIdentity): boolean {
  try {
    const stat = readStat(pid);
    return stat === null ? !hidesProcesses() : stat.start !== start || isFinished(stat);
  } catch {
    return false;
  }
}

function isAnswer(word: string | undefined): word is SignalAnswer {
  return (
    word === "sent" ||
    word === "gone" ||
    word === "changed" ||
    word === "denied" ||
    word === "error"
  );
}
