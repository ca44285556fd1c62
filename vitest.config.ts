import { defineConfig, type Plugin } from "vitest/config";

const filesAsText: Plugin = {
  name: "holdfast:files-as-text",
  enforce: "pre",
  transform(code, id) {
    if (!/\.(sql|toml)$/.test(id)) return null;
    return { code: `export default ${JSON.stringify(code)};`, map: null };
  },
};

// What people see is in local time: expected texts are those of one zone, whatever the machine's is.
process.env["TZ"] = "UTC";

// Only a hung test takes this long. A test waits at most `longestWaitMs` for one fact.
const testTimeout = 300_000;

/** Tests of verbs that the command host runs. They run twice: in Node, and through the client. */
const throughClient = [
  "bulk",
  "cancel",
  "completion",
  "hold",
  "local-time",
  "logs",
  "ls",
  "pause",
  "receipt",
  "retry",
  "rm",
  "select",
  "submit",
  "wait",
  "holders",
];

export default defineConfig({
  test: {
    projects: [
      {
        plugins: [filesAsText],
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "scripts/**/*.test.ts"],
          pool: "threads",
          // One module graph per thread: 1,000 tests in 0.9 s instead of 7 s. Unit tests therefore
          // keep no state in modules.
          isolate: false,
          testTimeout,
          hookTimeout: testTimeout,
          sequence: { groupOrder: 0 },
        },
      },
      {
        plugins: [filesAsText],
        test: {
          name: "e2e",
          include: ["test/**/*.test.ts"],
          globalSetup: ["test/global-setup.ts"],
          // Each file starts real servers and jobs; a fork has its own environment and children.
          pool: "forks",
          // Most of a test is waiting for processes to end: four share two cores well.
          maxWorkers: 4,
          testTimeout,
          hookTimeout: testTimeout,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [filesAsText],
        test: {
          name: "e2e-client",
          include: throughClient.map((name) => `test/${name}.test.ts`),
          env: { HOLDFAST_TEST_THROUGH: "client" },
          globalSetup: ["test/global-setup.ts"],
          pool: "forks",
          maxWorkers: 4,
          testTimeout,
          hookTimeout: testTimeout,
          sequence: { groupOrder: 2 },
        },
      },
    ],
    // A retry hides a race, and an `only` hides every other test.
    retry: 0,
    allowOnly: false,
  },
});
