/** Replaced by scripts/bundle.ts. */
declare const HOLDFAST_BUILD_ID: string | undefined;

/** Identifies the sources that this program was bundled from. Empty where it runs from the sources. */
export const buildId = typeof HOLDFAST_BUILD_ID === "undefined" ? "" : HOLDFAST_BUILD_ID;
