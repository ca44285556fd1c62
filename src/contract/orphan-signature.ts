import { z } from "zod";

export const pattern = z
  .string()
  .max(500)
  .transform((text, context) => {
    try {
      return new RegExp(text);
    } catch {
      context.addIssue("not a regular expression");
      return /(?!)/;
    }
  });

/** All given parts must match. Named groups: `id` for the job's status, `parent` for a pid. */
export const signature = z
  .strictObject({
    interpreter: z.enum(["python", "shell"]).optional(),
    /** Base name of argv[0]. */
    program: pattern.optional(),
    /** argv[0] as it is, for programs that rename themselves. */
    title: pattern.optional(),
    module: pattern.optional(),
    code: pattern.optional(),
    script: pattern.optional(),
    /** One of the arguments of what is run. */
    argument: pattern.optional(),
    /** The kernel's short name: at most 15 bytes. */
    comm: pattern.optional(),
    /** A variable of its environment; its value is the `id`. */
    environment: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
      .optional(),
  })
  .refine(
    ({ program, title, module, code, script, comm, environment }) =>
      [program, title, module, code, script, comm, environment].some((one) => one !== undefined),
    "a signature needs program, title, module, code, script, comm or environment",
  );
export type Signature = z.output<typeof signature>;

/** Whether what fits has an `id`, by which a job's status is asked for. */
export function givesId({ environment, ...patterns }: Signature): boolean {
  return (
    environment !== undefined ||
    Object.values(patterns).some((one) => one instanceof RegExp && one.source.includes("(?<id>"))
  );
}
