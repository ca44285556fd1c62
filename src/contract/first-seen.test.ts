import { expect, it } from "vitest";
import { firstSeen, withoutFirstSeen } from "./first-seen.ts";

it.each([0, 1000, 75_000, 90_061_000])(
  "a message without its age of %d ms is the same",
  (ageMs) => {
    const message = `its keeper (pid 812) is stopped (${firstSeen(ageMs)}); kill -CONT 812`;
    expect(withoutFirstSeen(message)).toBe("its keeper (pid 812) is stopped; kill -CONT 812");
  },
);
