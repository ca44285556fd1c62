import { expect, it } from "vitest";
import { referencePage } from "./reference.ts";

// After a change of the command line: vitest run --project unit src/cli/grammar/reference.test.ts -u
it("docs/reference/cli.md says what the command line does", async () => {
  const page = `${import.meta.dirname}/../../../docs/reference/cli.md`;
  await expect(await referencePage()).toMatchFileSnapshot(page);
});
