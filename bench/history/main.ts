// npm run bench:history -- FOLDER JOBS [--waiting N] [--folders N]
//
// Makes FOLDER, a state folder with JOBS ended jobs of all kinds, written by the store's own code, and
// N jobs that wait. The newest N attempts have a folder; default: 100,000. 1,000,000 jobs take about
// ten minutes and 5 GB, half of it the backup.
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { allowTextImports } from "./text-imports.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    waiting: { type: "string", default: "0" },
    folders: { type: "string", default: "100000" },
  },
});
const [folder, jobs = ""] = positionals;
if (folder === undefined || !/^\d+$/.test(jobs)) {
  console.error("usage: node bench/history/main.ts FOLDER JOBS [--waiting N] [--folders N]");
  process.exit(2);
}
const stateDir = resolve(folder);
if (existsSync(stateDir)) {
  console.error(`${stateDir} exists already`);
  process.exit(2);
}
process.umask(0o077);
mkdirSync(stateDir, { recursive: true });
allowTextImports();
const { pathsFrom } = await import("../../src/config/paths.ts");
const { makeHistory } = await import("./make.ts");
await makeHistory(
  pathsFrom({ HOLDFAST_STATE_DIR: stateDir }),
  { ended: Number(jobs), waiting: Number(values.waiting), folders: Number(values.folders) },
  (text) => console.log(text),
);
