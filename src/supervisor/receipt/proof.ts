import type { ExitRecord } from "../../contract/keeper.ts";
import type { Receipt } from "../../contract/receipt.ts";
import type { ProofBy } from "../../engines/machine.ts";
import type { Reason } from "../../job/reasons.ts";
import type { AttemptRow, DeclaredBy } from "../../store/rows.ts";
import type { SweepResult } from "../attempt/sweeping.ts";

function proofMessage({ proof }: ExitRecord): string {
  if (heldZombies(proof) > 0)
    return `only ${heldZombies(proof)} zombies were left of it, held by a debugger outside the job: they run nothing and hold nothing`;
  const reaped =
    "the keeper, which becomes the parent of every orphaned descendant, had no child left (waitid: ECHILD)";
  return proof.populated === 0
    ? `${reaped} and the kernel counted no process in the cgroup (populated 0)`
    : reaped;
}

function heldZombies({ held_zombies }: ExitRecord["proof"]): number {
  return held_zombies ?? 0;
}

/** `declared`: a person's declaration replaces what nothing observed. */
export function lossProof(
  sweep: SweepResult | null,
  reason: Reason,
  declared: DeclaredBy | null,
): Receipt["proof"] {
  if (sweep === null && reason === "namespace_ended" && declared !== null) {
    return {
      kind: "declared",
      message: `nothing observed it: that its PID namespace has ended was declared by uid ${declared.uid} at ${new Date(declared.atMs).toISOString()}`,
      echild: null,
      populated: null,
    };
  }
  if (sweep === null && reason === "namespace_ended") {
    return {
      kind: "namespace",
      message:
        "its PID namespace has ended, and the kernel ends every process of a namespace with it",
      echild: null,
      populated: null,
    };
  }
  if (sweep === null) {
    return {
      kind: "reboot",
      message: "the machine restarted: no earlier process lives",
      echild: null,
      populated: null,
    };
  }
  return {
    kind: "sweep",
    message: sweep.proven === true ? sweep.by.map((by) => proofBy[by]).join("; ") : foundNoProcess,
    echild: null,
    populated: sweep.by.includes("group") ? 0 : null,
  };
}

const proofBy: Record<ProofBy, string> = {
  group: "the kernel counted no process in the cgroup (populated 0)",
  spawner:
    "everything that the keeper left became a child of its spawner, and the spawner has none of it left",
  engine: "the engine that ran it counts no process of it",
};

const foundNoProcess = "two searches in a row by environment, session and descent found no process";

export const unseen = {
  what: "that no process lives that dropped its environment and its output",
  why: "there was no cgroup that could be asked; environment, session and descent were searched",
};

/** A record that the keeper sealed: its observations count. */
export function keepersProof(
  exit: ExitRecord,
  { claim }: AttemptRow,
): Pick<Receipt, "proof" | "unproven"> {
  const { echild, populated } = exit.proof;
  const adopted = claim?.adopted;
  const also =
    adopted === undefined
      ? ""
      : `, and of adopted process ${adopted.pid} and all that was seen below it nothing lived`;
  return {
    proof: { kind: "keeper", message: proofMessage(exit) + also, echild, populated },
    unproven: [...unprovenBy(exit), ...(adopted === undefined ? [] : [unseenChildren])],
  };
}

const unseenChildren = {
  what: "that no undiscovered process lives",
  why: "it was adopted: a process that lost its parent between two samples, or before, was not seen",
};

/**
 * A record that the job could have written itself: what the server saw counts, the rest is only
 * stated by the record. `inGroup`: the kernel counted no process in the attempt's group.
 */
export function searchersProof(
  inGroup: boolean,
): Partial<Receipt> & Pick<Receipt, "proof" | "unproven"> {
  return {
    ...(inGroup ? {} : { tier: "best effort" as const }),
    proof: {
      kind: "sweep",
      message: inGroup ? `${proofBy.group}; ${foundNoProcess}` : foundNoProcess,
      echild: null,
      populated: inGroup ? 0 : null,
    },
    unproven: [
      {
        what: "what the exit record says",
        why: "the seal that it should bear is not known any more: its server was older, or the database was rebuilt",
      },
      ...(inGroup ? [] : [unseen]),
    ],
  };
}

function unprovenBy(exit: ExitRecord): Receipt["unproven"] {
  const unproven: Receipt["unproven"] = [];
  if (!exit.proof.echild && heldZombies(exit.proof) === 0)
    unproven.push({ what: "that no descendant lives", why: "the keeper did not see ECHILD" });
  return unproven;
}
