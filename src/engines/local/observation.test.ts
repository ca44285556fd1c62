import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { sealHashOf } from "../../containment/seal.ts";
import type { Survivor } from "../../containment/survivors.ts";
import type { ExitRecord, KeeperClaim } from "../../contract/keeper.ts";
import { bootId } from "../../processes/boot.ts";
import { ownPidNamespace } from "../../processes/pid-namespace.ts";
import type { AttemptRow } from "../../store/rows.ts";
import { Claims } from "./claims.ts";
import { observe } from "./observation.ts";

const examples = new URL("../../../native/keeper/examples/", import.meta.url);
const example = (name: string) =>
  JSON.parse(readFileSync(new URL(name, examples), "utf8")) as object;
const id = "1b4e28ba-2fa1-4d3b-883f-0016d3cca427";
const seal = "0123456789abcdef0123456789abcdef";
const nonce = "fedcba9876543210fedcba9876543210";
const nowhere = { pid: 2 ** 22 + 1, start: 1, inode: 0 };

let attemptsDir: string;
/** What a search finds, and how often the machine was searched. */
let found: Survivor[];
let searches: number;
let beforeSearchEnds: () => void;

beforeEach(() => {
  attemptsDir = mkdtempSync(join(tmpdir(), "holdfast-observation-"));
  mkdirSync(join(attemptsDir, id));
  [found, searches, beforeSearchEnds] = [[], 0, () => undefined];
});

afterEach(() => rmSync(attemptsDir, { recursive: true }));

function record(name: "exit.json" | "keeper.json", content: object): void {
  writeFileSync(join(attemptsDir, id, name), JSON.stringify(content));
}

function recordExit(sealed = seal): void {
  const exit = example("exit.json") as ExitRecord;
  record("exit.json", { ...exit, attempt: id, seal: sealed });
}

function recordClaim(): void {
  const claim = example("keeper.json") as KeeperClaim;
  const own = { keeper: nowhere, payload: { ...nowhere, session: nowhere.pid } };
  record("keeper.json", { ...claim, ...own, attempt: id, nonce, cgroup: null, cgroup_also: [] });
}

function observed(row: Partial<AttemptRow> = {}) {
  const sources = {
    claims: new Claims(attemptsDir, { keeperPidOf: () => null }),
    keepers: { note: () => undefined },
    processes: {
      search: async () => {
        searches += 1;
        beforeSearchEnds();
        return found;
      },
    },
    signals: { lives: async () => false },
    namespaces: { sightOf: async () => "here" as const },
  };
  const attempt = {
    id,
    nonce,
    bootId: bootId(),
    namespace: ownPidNamespace(),
    sealHash: sealHashOf(seal),
    distrusted: false,
    claim: null,
    ...row,
  } as AttemptRow;
  return observe(sources, attempt);
}

it("settles a job that ended before the server had attached without a search of the machine", async () => {
  recordClaim();
  recordExit();
  expect(await observed()).toMatchObject({ exit: { attempt: id }, keeperAlive: false });
  rmSync(join(attemptsDir, id, "keeper.json"));
  expect(await observed()).toMatchObject({ exit: { attempt: id }, claim: null });
  expect(searches).toBe(0);
});

it("does not search for an attempt whose keeper left a claim and no record, or a forged one", async () => {
  recordClaim();
  expect(await observed()).toMatchObject({ exit: null, claim: { attempt: id } });
  recordExit("00000000000000000000000000000000");
  expect(await observed()).toMatchObject({ exit: "unreadable" });
  expect(searches).toBe(0);
});

it("searches before it reads the claim that decides whether anything was executed", async () => {
  const cookie = { identity: nowhere, comm: "late", state: "S", ties: ["cookie" as const] };
  found = [cookie];
  expect(await observed()).toMatchObject({ claim: null, claimedBefore: true });
  found = [];
  beforeSearchEnds = recordClaim;
  expect(await observed()).toMatchObject({ claim: { attempt: id }, claimedBefore: false });
  expect(searches).toBe(2);
});
