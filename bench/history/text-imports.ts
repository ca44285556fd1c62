import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";

/** Lets Node load the store's migrations, which the bundler and the tests load as text: before they are imported. */
export function allowTextImports(): void {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.endsWith(".sql") && !url.endsWith(".toml")) return nextLoad(url, context);
      const text = readFileSync(fileURLToPath(url), "utf8");
      return {
        format: "module",
        source: `export default ${JSON.stringify(text)};`,
        shortCircuit: true,
      };
    },
  });
}
