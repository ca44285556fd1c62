// The project's own rules, loaded by .oxlintrc.json.
import { noAmbient } from "./lint-ambient.ts";
import { noBlockingRead } from "./lint-blocking.ts";
import { importDirection } from "./lint-layers.ts";

export default {
  meta: { name: "holdfast" },
  rules: {
    "import-direction": importDirection,
    "no-ambient": noAmbient,
    "no-blocking-read": noBlockingRead,
  },
};
