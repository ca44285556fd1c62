import { describe, expect, it } from "vitest";
import { FakeClock } from "../system/fake-clock.ts";
import { watchFolder } from "./watch-folder.ts";

type Place = "in place" | "removed" | "replaced";

function watched() {
  const places: { database: Place; socket: Place } = { database: "in place", socket: "in place" };
  const clock = new FakeClock();
  const heard: string[] = [];
  watchFolder({
    database: { state: () => places.database },
    socket: { state: () => places.socket },
    clock,
    onGone: (place) => void heard.push(`gone: ${place}`),
    onUnreachable: () => void heard.push("unreachable"),
  });
  return { places, clock, heard };
}

describe("a server whose state folder is removed", () => {
  it("reports it once, and continues while its socket is in place", () => {
    const { places, clock, heard } = watched();
    clock.advance(20_000);
    expect(heard).toEqual([]);
    places.database = "replaced";
    clock.advance(5000);
    clock.advance(5000);
    expect(heard).toEqual(["gone: replaced"]);
  });

  it("ends when its socket is gone as well, and is sampled no more", () => {
    const { places, clock, heard } = watched();
    places.database = "removed";
    places.socket = "removed";
    clock.advance(5000);
    clock.advance(50_000);
    expect(heard).toEqual(["gone: removed", "unreachable"]);
  });

  it("does not end for a socket that is gone alone: it comes back with the next start", () => {
    const { places, clock, heard } = watched();
    places.socket = "removed";
    clock.advance(60_000);
    expect(heard).toEqual([]);
  });
});
