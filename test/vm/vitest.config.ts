import { defineConfig } from "vitest/config";

/** Its own configuration: an emulated machine takes minutes. `npm run test:vm`. */
export default defineConfig({
  test: {
    name: "vm",
    root: import.meta.dirname,
    include: ["*.vm.ts"],
    globalSetup: ["global-setup.ts"],
    // There is one machine, and its processor is slow.
    fileParallelism: false,
    pool: "forks",
    testTimeout: 900_000,
    hookTimeout: 900_000,
    retry: 0,
    allowOnly: false,
  },
});
