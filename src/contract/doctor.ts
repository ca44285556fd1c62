import { z } from "@hono/zod-openapi";
import { severities } from "./doctor-severities.ts";
import { doctorConfidences, verdictNames } from "./doctor-verdicts.ts";
import { facetNames } from "./doctor-facets.ts";
import { figureUnits } from "./figure-units.ts";

export const doctorFigure = z
  .object({
    name: z.string().meta({ description: "such as `cpu.pressure-some`" }),
    subject: z.string().meta({ description: "machine, job, or a GPU, disk or sensor of it" }),
    value: z.number(),
    unit: z.enum(figureUnits),
  })
  .meta({ id: "DoctorFigure" });
export type DoctorFigure = z.infer<typeof doctorFigure>;

export const doctorVerdict = z
  .object({
    verdict: z.enum(verdictNames),
    severity: z.enum(severities),
    facet: z.enum(facetNames),
    subject: z.string(),
    message: z.string(),
    figure: z.number().meta({ description: "the measured value, in `unit`" }),
    threshold: z.number(),
    unit: z.enum(figureUnits),
    windowMs: z.int(),
    samples: z.int(),
    source: z.string().meta({ description: "where the figure was read" }),
    confidence: z.enum(doctorConfidences),
    evidence: z.array(z.string()),
    next: z.string().meta({ description: "the next command to type" }),
  })
  .meta({ id: "DoctorVerdict" });
export type DoctorVerdict = z.infer<typeof doctorVerdict>;

export const facetReport = z
  .object({
    facet: z.enum(facetNames),
    state: z.enum(["measured", "partly measured", "not measured", "nothing there"]).meta({
      description: "`nothing there`: it was searched for and not found, such as a GPU",
    }),
    why: z.array(z.string()).meta({ description: "what could not be measured, or is not there" }),
    samples: z.int(),
    figures: z.array(doctorFigure),
  })
  .meta({ id: "DoctorFacet" });
export type FacetReport = z.infer<typeof facetReport>;

export const doctorReport = z
  .object({
    version: z.literal(1),
    atMs: z.int(),
    windowMs: z.int().meta({ description: "actual length; shorter than requested if ended early" }),
    samples: z.int(),
    endedEarly: z.boolean(),
    jobId: z.int().nullable(),
    summary: z
      .enum(["healthy", "no problem found", "problems"])
      .meta({ description: "healthy only if every facet was measured" }),
    worst: z.enum(severities).nullable(),
    message: z.string(),
    verdicts: z.array(doctorVerdict).meta({ description: "the worst and most certain first" }),
    facets: z.array(facetReport),
    comparedWith: z
      .object({ name: z.string(), atMs: z.int() })
      .nullable()
      .meta({ description: "the baseline" }),
  })
  .meta({ id: "DoctorReport" });
export type DoctorReport = z.infer<typeof doctorReport>;

const port = z.int().min(1).max(65_535);

/** The request of the API, and of the program that needs no server. */
export const doctorRequest = z
  .strictObject({
    // The client waits 30 s for an answer.
    windowMs: z.int().min(500).max(25_000).optional(),
    job: z.int().min(1).optional().meta({ description: "examine this job only" }),
    ports: z.array(port).max(100).default([]).meta({
      description:
        "in addition to doctor.ports of the configuration: ports that the job should hold",
    }),
    metricsUrl: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .optional()
      .meta({ description: "of the job, in Prometheus's text format" }),
    compare: z.string().min(1).max(200).optional().meta({ description: "a baseline's name" }),
  })
  .meta({ id: "DoctorRequest" });
export type DoctorRequest = z.infer<typeof doctorRequest>;

/** A recorded good run. */
export const baseline = z.object({
  version: z.literal(1),
  name: z.string(),
  atMs: z.int(),
  windowMs: z.int(),
  jobId: z.int().nullable(),
  /** The verdicts while it was recorded: a good run has none. */
  verdicts: z.array(z.string()),
  figures: z.array(doctorFigure),
});
export type Baseline = z.infer<typeof baseline>;

export const doctorAlert = z
  .object({
    event: z.enum(["raised", "cleared"]),
    atMs: z.int(),
    sinceMs: z.int().meta({ description: "when it was raised" }),
    verdict: doctorVerdict.meta({ description: "as it was last seen" }),
  })
  .meta({ id: "DoctorAlert" });
export type DoctorAlert = z.infer<typeof doctorAlert>;

export const doctorAlerts = z
  .object({
    intervalMs: z.int().nullable().meta({ description: "null: doctor.watch is off" }),
    lastAtMs: z.int().nullable(),
    active: z.array(doctorAlert),
    recent: z.array(doctorAlert).meta({ description: "raised and cleared, newest first" }),
  })
  .meta({ id: "DoctorAlerts" });
export type DoctorAlerts = z.infer<typeof doctorAlerts>;

/** The request of the program that needs no server: windows of any length, and a watch. */
export const doctorErrand = doctorRequest.extend({
  windowMs: z.int().min(500).max(86_400_000).optional(),
  /** Keep the figures under this name. */
  record: z.string().min(1).max(200).optional(),
  watch: z
    .strictObject({
      intervalMs: z.int().min(1000).max(86_400_000),
      raiseAfter: z.int().min(1).max(1000).optional(),
      clearAfter: z.int().min(1).max(1000).optional(),
      /** Run the configured program for each alert. */
      send: z.boolean(),
    })
    .optional(),
});
export type DoctorErrand = z.input<typeof doctorErrand>;

/** What it reports while it runs, one line of JSON each. */
export type DoctorNews =
  | { kind: "sample"; elapsedMs: number; windowMs: number }
  | { kind: "report"; report: DoctorReport }
  | { kind: "watched"; report: DoctorReport; changes: DoctorAlert[]; active: DoctorAlert[] }
  | { kind: "complaint"; message: string };
