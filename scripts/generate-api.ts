import { writeFileSync } from "node:fs";
import { apiFiles } from "./api-files.ts";

for (const [path, text] of await apiFiles())
  writeFileSync(new URL(`../${path}`, import.meta.url), text);
