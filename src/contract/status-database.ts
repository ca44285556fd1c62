import { z } from "zod";
import { givesId, signature } from "./orphan-signature.ts";
import { durationExample, parseDuration } from "./units.ts";

const column = z.string().min(1).max(200);

const timeout = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms === null) context.addIssue(`not a duration: write ${durationExample}`);
  else if (ms < 100 || ms > 10_000) context.addIssue("100ms to 10s");
  return ms ?? 0;
});

const absolute = z.string().startsWith("/", "an absolute path");

/** `[orphans.status.NAME]`: where another system keeps the status of its jobs. */
export const statusDatabase = z
  .strictObject({
    sqlite: absolute.optional(),
    /** A URL, or `env:NAME`: the variable of the server's environment that contains it. Never printed. */
    postgres: z
      .string()
      .regex(
        /^(postgres(ql)?:\/\/|env:[A-Za-z_][A-Za-z0-9_]*$)/,
        'write "postgres://USER@HOST/DATABASE", or "env:NAME" for a variable that contains it',
      )
      .optional(),
    /** A file that contains only the URL. */
    postgres_file: absolute.optional(),
    table: z
      .string({ error: 'write the name of the table, "TABLE" or "SCHEMA.TABLE"' })
      .regex(/^[^.]+(\.[^.]+)?$/, 'write "TABLE" or "SCHEMA.TABLE"')
      .max(400),
    id_column: column.default("id"),
    status_column: column.default("status"),
    /** Values of the status column. All others, and none, mean that the job has not ended. */
    ended: z
      .array(z.union([z.string(), z.int(), z.boolean()]).transform(String), {
        error: 'write a list of values, such as ["finished", "failed"]',
      })
      .min(1, "name at least one value that means ended"),
    /** The variable of a process's environment that has the job's id. */
    environment: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
      .optional(),
    signature: z.array(signature).default([]),
    timeout: timeout.prefault("5s"),
    action: z.enum(["report", "propose"]).default("report"),
  })
  .superRefine((one, context) => {
    const places = [one.sqlite, one.postgres, one.postgres_file];
    if (places.filter((place) => place !== undefined).length !== 1)
      context.addIssue("needs one of sqlite, postgres and postgres_file");
    if (one.environment === undefined && one.signature.length === 0)
      context.addIssue("needs environment, or a signature: how a process names its job");
    for (const [index, each] of one.signature.entries())
      if (!givesId(each))
        context.addIssue({
          code: "custom",
          path: ["signature", index],
          message: "needs environment or a group (?<id>...) in one of its patterns",
        });
  });
export type StatusDatabase = z.output<typeof statusDatabase>;

export const statusDatabases = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "a name has lower-case letters, digits and -"),
    statusDatabase,
    { error: "write a section for each database: [orphans.status.NAME]" },
  )
  .default({});
