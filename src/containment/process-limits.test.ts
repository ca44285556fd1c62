import { expect, it } from "vitest";
import { everyRight, limitsOfTheProcess, ownRights, processRights } from "./process-limits.ts";

const status = (effective: string) => `Name:\tnode\nCapPrm:\t0\nCapEff:\t${effective}\n`;
const limits = (nice: number) =>
  [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max processes             96358                96358                processes ",
    "Max open files            1024                 4096                 files     ",
    "Max locked memory         8388608              unlimited            bytes     ",
    `Max nice priority         ${nice}                   ${nice}                    `,
  ].join("\n");
const ordinary = processRights(status("0000000000000000"), limits(0), 5);
const how = (spec: object, rights = ordinary) =>
  limitsOfTheProcess({ nice: null, rlimits: {}, ...spec }, rights).map((limit) => limit.how);

it.each([
  [-5, "not applied"],
  [4, "not applied"],
  [5, "nice"],
  [19, "nice"],
])("a server of an ordinary user with niceness 5 gives niceness %i: %s", (nice, expected) => {
  expect(how({ nice })).toEqual([expected]);
});

it("RLIMIT_NICE lets an ordinary user go lower", () => {
  const rights = processRights(status("0"), limits(30), 5);
  expect(rights.lowestNice).toBe(-10);
  expect(how({ nice: -10 }, rights)).toEqual(["nice"]);
  expect(how({ nice: -11 }, rights)).toEqual(["not applied"]);
});

it.each([
  ["4096:4096", "rlimit"],
  ["64:4097", "not applied"],
  ["64:unlimited", "not applied"],
])("nofile %s, where the hard limit is 4096: %s", (nofile, expected) => {
  expect(how({ rlimits: { nofile } })).toEqual([expected]);
});

it("a limit that is unlimited, or that the kernel does not list, is not refused", () => {
  const rlimits = { memlock: "unlimited:unlimited", stack: "1:unlimited" };
  expect(how({ rlimits })).toEqual(["rlimit", "rlimit"]);
});

it("root may raise each", () => {
  const root = processRights(status("000001ffffffffff"), limits(0), 5);
  expect(root).toEqual(everyRight);
  expect(how({ nice: -20, rlimits: { nofile: "1:unlimited" } }, root)).toEqual(["nice", "rlimit"]);
});

it("the reason names what is allowed", () => {
  const spec = { nice: -1, rlimits: { nofile: "1:5000" } };
  expect(limitsOfTheProcess(spec, ordinary).map(({ why }) => why)).toEqual([
    "this server's user may not go below 5",
    "this server's user may not go above 4096",
  ]);
});

it("of this process are read from /proc", () => {
  const { lowestNice } = ownRights();
  expect(lowestNice).toBeGreaterThanOrEqual(-20);
  expect(lowestNice).toBeLessThanOrEqual(19);
});
