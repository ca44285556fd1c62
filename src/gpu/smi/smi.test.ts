import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Ran } from "../watched-run.ts";
import { askSmi } from "./ask.ts";
import { parseGpus, parseProcesses } from "./parse.ts";
import { type GpuField, gpuFields } from "./query.ts";

const mebi = 2 ** 20;

/** A real program's answer; the first line has the query. See test/fixtures/nvml/README.md. */
function capture(name: string): { fields: GpuField[]; text: string } {
  const [head = "", ...rest] = readFileSync(
    new URL(`../../../test/fixtures/nvml/captures/${name}.csv`, import.meta.url),
    "utf8",
  ).split("\n");
  return { fields: head.split(",") as GpuField[], text: rest.join("\n") };
}

const ended = (stdout: string, code = 0, stderr = ""): Ran => ({
  kind: "ended",
  code,
  stdout,
  stderr,
});

describe("nvidia-smi's answer", () => {
  it("on an idle H200 is read in base units", () => {
    const { fields, text } = capture("h200-idle");
    const { devices, driverVersion } = parseGpus(text, fields);
    expect(driverVersion).toBe("610.43.02");
    expect(devices).toMatchObject([
      {
        index: 0,
        model: "NVIDIA H200",
        pciAddress: "0000:83:00.0",
        memory: { totalBytes: 143771 * mebi, reservedBytes: 623 * mebi, usedBytes: 0 },
        temperature: { celsius: 38, slowdownMarginCelsius: 49 },
        clocks: { smMHz: 345, maxSmMHz: 1980, memoryMHz: 3201 },
        throttle: { bits: 1, reasons: ["idle"], counters: { hwThermalNs: 0 } },
        power: { drawMilliwatts: 83_380, limitMilliwatts: 700_000 },
        // "[Requested functionality has been deprecated]" means neither on nor off.
        persistence: null,
        migEnabled: false,
      },
    ]);
  });

  it("on a busy H100 with three processes leaves 20 MiB without an owner", () => {
    const { fields, text } = capture("h100-three-processes");
    const [device] = parseGpus(text, fields).devices;
    const { text: apps, fields: first } = capture("h100-three-processes.apps");
    const listed = parseProcesses(`${first.join(",")}\n${apps}`).get(device?.uuid ?? "") ?? [];
    expect(listed.map(({ pid }) => pid)).toEqual([11327, 11328, 11345]);
    const sum = listed.reduce((bytes, { usedBytes }) => bytes + (usedBytes ?? 0), 0);
    expect((device?.memory.usedBytes ?? 0) - sum).toBe(20 * mebi);
    // Not queried in this capture: unknown, not "none".
    expect(device?.throttle).toMatchObject({ bits: null, reasons: null });
  });

  it.each([
    "",
    "No devices were found\n",
    "0, [Unknown Error], x\n",
    "0, GPU-1, A name, with a comma\n",
  ])("%j is not a GPU", (text) =>
    expect(parseGpus(text, ["index", "uuid", "name"]).devices).toEqual([]),
  );

  it.each(["[N/A]", "[Not Supported]", "[GPU is lost]", "[Unknown Error]", "N/A", ""])(
    "%j is not a figure",
    (word) => {
      const text = `0, GPU-1, A100, ${word}\n`;
      const [device] = parseGpus(text, ["index", "uuid", "name", "memory.used"]).devices;
      expect(device?.memory.usedBytes).toBeNull();
    },
  );

  it("may have the older name for throttle reasons", () => {
    const fields: GpuField[] = ["index", "uuid", "name", "clocks_throttle_reasons.active"];
    const [device] = parseGpus("0, GPU-1, V100, 0x0000000000000044\n", fields).devices;
    expect(device?.throttle.reasons).toEqual(["sw-power-cap", "hw-thermal"]);
  });
});

describe("querying nvidia-smi", () => {
  it("permanently leaves out fields that this version does not know", async () => {
    const known = new Set<GpuField>(gpuFields);
    const asked: string[] = [];
    const run = async ([query = ""]: readonly string[]) => {
      asked.push(query);
      if (query.startsWith("--query-compute-apps")) return ended("GPU-1, 812, 100\n");
      for (const name of ["temperature.gpu.tlimit", "memory.reserved"])
        if (query.includes(name))
          return ended(`Field "${name}" is not a valid field to query.\n`, 2);
      const fields = query.slice("--query-gpu=".length).split(",");
      return ended(
        `${fields.map((name) => (name === "index" ? "0" : name === "uuid" ? "GPU-1" : "[N/A]")).join(", ")}\n`,
      );
    };
    expect(await askSmi(run, known)).toMatchObject({
      devices: [
        { uuid: "GPU-1", listed: [{ pid: 812, usedBytes: 100 * mebi }], processListRead: true },
      ],
    });
    await askSmi(run, known);
    // Two refusals, then two queries twice.
    expect(asked).toHaveLength(6);
  });

  it("quotes its message when it fails", async () => {
    const message = "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.";
    const answer = await askSmi(
      async () => ended(`${message}\nMake sure …`, 9),
      new Set(gpuFields),
    );
    expect(answer).toMatchObject({ devices: [], problem: { message } });
  });

  it("reports that it hung or is not installed", async () => {
    const absent: Ran = { kind: "absent", message: "nvidia-smi is not installed" };
    expect(await askSmi(async () => absent, new Set(gpuFields))).toBe(absent);
  });
});
