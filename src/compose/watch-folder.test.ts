import { describe, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { watchFolder } from "./watch-folder.ts";

type Place = "in place" | "removed" | "replaced";

function watched() {
  const places: { database: Place; socket: Place } = { database: "in place", socket: "in place" };
  const failure: { code: string | null } = { code: null };
  const clock = new FakeClock();
  const heard: string[] = [];
  watchFolder({
    database: {
      state: () => {
        if (failure.code !== null) throw new Error(failure.code);
        return places.database;
      },
    },
    socket: { state: () => places.socket },
    clock,
    onGone: (place) => void heard.push(`gone: ${place}`),
    onUnreachable: () => void heard.push("unreachable"),
    onSocketGone: async () => void heard.push("socket gone"),
    onUnknown: (error) => void heard.push(`unknown: ${(error as Error).message}`),
  });
  /** Sample by sample. */
  const passes = async (ms: number) => {
    for (let leftMs = ms; leftMs > 0; leftMs -= 5000) {
      clock.advance(5000);
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  return { places, failure, passes, heard };
}

describe("a server whose state folder is removed", () => {
  it("reports it once, and continues while its socket is in place", async () => {
    const { places, passes, heard } = watched();
    await passes(20_000);
    expect(heard).toEqual([]);
    places.database = "replaced";
    await passes(5000);
    await passes(5000);
    expect(heard).toEqual(["gone: replaced"]);
  });

  it("ends when its socket is gone as well, and is sampled no more", async () => {
    const { places, passes, heard } = watched();
    places.database = "removed";
    places.socket = "removed";
    await passes(5000);
    await passes(50_000);
    expect(heard).toEqual(["gone: removed", "unreachable"]);
  });
});

describe("a server whose socket is removed", () => {
  it("puts it back at the second sample, for as long as it is gone", async () => {
    const { places, passes, heard } = watched();
    places.socket = "removed";
    await passes(5000);
    expect(heard).toEqual([]);
    await passes(5000);
    expect(heard).toEqual(["socket gone"]);
    await passes(5000);
    expect(heard).toHaveLength(2);
    places.socket = "in place";
    await passes(20_000);
    expect(heard).toHaveLength(2);
  });

  it("puts nothing back into a state folder that is being removed", async () => {
    const { places, passes, heard } = watched();
    places.socket = "removed";
    await passes(5000);
    places.database = "removed";
    await passes(5000);
    expect(heard).toEqual(["gone: removed", "unreachable"]);
  });
});

it("concludes nothing from a sample that fails, reports the first, and samples again", async () => {
  const { places, failure, passes, heard } = watched();
  failure.code = "EIO";
  await passes(20_000);
  expect(heard).toEqual(["unknown: EIO"]);
  failure.code = null;
  places.database = "removed";
  await passes(5000);
  expect(heard).toEqual(["unknown: EIO", "gone: removed"]);
});
