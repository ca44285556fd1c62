export const figureUnits = ["%", "ms", "bytes", "bytes/s", "°C", "MHz", "/s", "count"] as const;
export type FigureUnit = (typeof figureUnits)[number];
