import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { z } from "zod";
import {
  orphanPlan,
  orphanReceipt,
  type OrphanPlan,
  type OrphanReceipt,
} from "../contract/orphan-plan.ts";
import { ownPidNamespace } from "../processes/pid-namespace.ts";
import { claimDurably } from "../system/durable-files.ts";

/** `plan-7.json` and `receipt-7.json` in a folder of their own. */
export class PlanFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Gives the plan the next number. Durable when it returns. */
  async add(plan: Omit<OrphanPlan, "plan" | "pidNamespace">): Promise<OrphanPlan> {
    const pidNamespace = ownPidNamespace()?.inode ?? null;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (let number = this.#last() + 1; ; number += 1) {
      const numbered = { ...plan, plan: number, pidNamespace };
      // Another request may take the number first.
      if (await claimDurably(this.#path("plan", number), JSON.stringify(numbered))) return numbered;
    }
  }

  /** Null: there is no such plan. Throws if its file cannot be read. */
  plan(number: number): OrphanPlan | null {
    return this.#read("plan", number, orphanPlan);
  }

  receipt(number: number): OrphanReceipt | null {
    return this.#read("receipt", number, orphanReceipt);
  }

  async addReceipt(receipt: OrphanReceipt): Promise<void> {
    await claimDurably(this.#path("receipt", receipt.plan), JSON.stringify(receipt));
  }

  #last(): number {
    const numbers = readdirSync(this.#folder).map((name) =>
      Number(/^plan-(\d+)\.json$/.exec(name)?.[1] ?? 0),
    );
    return Math.max(0, ...numbers);
  }

  #path(kind: "plan" | "receipt", number: number): string {
    return join(this.#folder, `${kind}-${number}.json`);
  }

  #read<T>(kind: "plan" | "receipt", number: number, schema: z.ZodType<T>): T | null {
    try {
      return schema.parse(JSON.parse(readFileSync(this.#path(kind, number), "utf8")));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw error;
    }
  }
}
